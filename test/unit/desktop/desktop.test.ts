import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';

/** The parts of Electron that the shell uses, remembering what was asked of them. It tests our wiring, not Electron. */
const electron = vi.hoisted(() => {
  const handlers = new Map<string, (event: unknown, ...args: unknown[]) => unknown>();
  const state = {
    handlers,
    exposed: {} as Record<string, unknown>,
    pickedFolders: { canceled: false, filePaths: ['/pictures/아름다운 새'] },
    shown: [] as string[],
    pressed: '',
    sent: [] as unknown[][],
    windows: [] as {
      options: { webPreferences: Record<string, unknown> };
      url: string;
      listeners: Map<string, (...args: never[]) => void>;
    }[],
    permission: null as
      null | ((contents: unknown, permission: string, answer: (ok: boolean) => void, details: object) => void),
    request: null as null | ((request: { url: string }, answer: (verdict: { cancel: boolean }) => void) => void),
    openHandler: null as null | (() => { action: string }),
  };
  class BrowserWindow {
    static getAllWindows = () => [];
    readonly #window: (typeof state.windows)[number];
    readonly webContents;
    constructor(options: { webPreferences: Record<string, unknown> }) {
      this.#window = { options, url: '', listeners: new Map() };
      state.windows.push(this.#window);
      this.webContents = {
        session: {
          setPermissionRequestHandler: (handler: typeof state.permission) => (state.permission = handler),
          webRequest: { onBeforeRequest: (handler: typeof state.request) => (state.request = handler) },
        },
        setWindowOpenHandler: (handler: typeof state.openHandler) => (state.openHandler = handler),
        on: (name: string, listener: (...args: never[]) => void) => this.#window.listeners.set(name, listener),
      };
    }
    once = () => this;
    show = () => undefined;
    loadURL = (url: string) => {
      this.#window.url = url;
      return Promise.resolve();
    };
  }
  return {
    ...state,
    state,
    BrowserWindow,
    ipcMain: {
      on: (channel: string, handler: (event: unknown, ...args: unknown[]) => unknown) => handlers.set(channel, handler),
      handle: (channel: string, handler: (event: unknown, ...args: unknown[]) => unknown) =>
        handlers.set(channel, handler),
    },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]) => Promise.resolve([channel, ...args]),
      send: (channel: string, ...args: unknown[]) => state.sent.push([channel, ...args]),
    },
    app: { getFileIcon: (file: string) => Promise.resolve(`icon of ${file}`) },
    nativeImage: { createThumbnailFromPath: () => Promise.reject(new Error('not on this system')) },
    contextBridge: { exposeInMainWorld: (name: string, api: unknown) => (state.exposed[name] = api) },
    webUtils: { getPathForFile: (file: { name: string }) => `/real/${file.name}` },
    dialog: {
      showOpenDialog: () => Promise.resolve(state.pickedFolders),
      showMessageBoxSync: (_window: unknown, { buttons }: { buttons: string[] }) => buttons.indexOf(state.pressed),
    },
    shell: { showItemInFolder: (path: string) => state.shown.push(path) },
  };
});
vi.mock('electron', () => electron);

const { serveDesktop } = await import('../../../src-main/desktop/comforts.ts');
const { openWindow } = await import('../../../src-main/desktop/window.ts');

const ORIGIN = 'http://127.0.0.1:4321';
const ours = { senderFrame: { url: `${ORIGIN}/#/data` } };
const ask = (channel: string, event: unknown, ...args: unknown[]) =>
  electron.state.handlers.get(channel)!(event, ...args);

beforeEach(() => serveDesktop(ORIGIN));

describe('the comforts of the desktop', () => {
  test('a picked folder comes back as its path, a closed dialog as null', async () => {
    expect(await ask('desktop:pick-folder', ours)).toBe('/pictures/아름다운 새');
    electron.state.pickedFolders = { canceled: true, filePaths: [] };
    expect(await ask('desktop:pick-folder', ours)).toBeNull();
  });

  test.each([
    { senderFrame: { url: 'https://example.org/' } },
    { senderFrame: null },
    { senderFrame: { url: 'http://127.0.0.1:9/' } },
  ])('a frame from elsewhere is refused: %j', (event) => {
    expect(() => ask('desktop:pick-folder', event)).toThrow(/Refused/);
  });

  test('only an existing absolute path is shown in the file manager', async () => {
    await ask('desktop:reveal-in-folder', ours, tmpdir());
    expect(electron.state.shown).toEqual([tmpdir()]);
    await expect(ask('desktop:reveal-in-folder', ours, 'relative')).rejects.toThrow(/Nothing to show/);
    await expect(ask('desktop:reveal-in-folder', ours, join(tmpdir(), 'not-there-at-all'))).rejects.toThrow(
      /Nothing to show/,
    );
  });
});

describe('a picture that is dragged out', () => {
  const startDrag = vi.fn();
  const drag = async (event: object, path: unknown) => {
    ask('desktop:start-drag', { ...event, sender: { startDrag } }, path);
    await new Promise(setImmediate); // for the icon
  };
  beforeEach(() => startDrag.mockClear());

  test('is the file itself', async () => {
    await drag(ours, join(tmpdir(), 'x', '..'));
    expect(startDrag).toHaveBeenCalledWith({ file: tmpdir(), icon: `icon of ${tmpdir()}` });
  });

  test.each([
    [ours, 'relative'],
    [ours, 7],
    [ours, join(tmpdir(), 'not-there-at-all')],
    [{ senderFrame: { url: 'https://example.org/' } }, tmpdir()],
    [{ senderFrame: null }, tmpdir()],
  ])('is nothing where the page %j asks for %s', async (event, path) => {
    await drag(event, path);
    expect(startDrag).not.toHaveBeenCalled();
  });
});

describe('the window', () => {
  beforeEach(() => openWindow(`${ORIGIN}/?token=abc`));

  test('is sandboxed and loads our server', () => {
    const { options, url } = electron.state.windows.at(-1)!;
    expect(options.webPreferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false });
    expect(url).toBe(`${ORIGIN}/?token=abc`);
  });

  test.each(['Stay', 'Leave'])('asks before work is ended with it, and does as told: %s', (pressed) => {
    electron.state.pressed = pressed;
    const event = { preventDefault: vi.fn() }; // lets the page go
    electron.state.windows.at(-1)!.listeners.get('will-prevent-unload')!(event as never);
    expect(event.preventDefault).toHaveBeenCalledTimes(pressed === 'Leave' ? 1 : 0);
  });

  test.each([
    [`${ORIGIN}/images/a/b`, false],
    ['blob:http://127.0.0.1:4321/1', false],
    ['https://example.org/pixel.gif', true],
    ['http://127.0.0.1:80/', true],
  ])('a request to %s is cancelled: %s', (url, isCancelled) => {
    const answer = vi.fn();
    electron.state.request!({ url }, answer);
    expect(answer).toHaveBeenCalledWith({ cancel: isCancelled });
  });

  test.each([
    ['geolocation', {}, false],
    ['media', { mediaTypes: ['video'] }, true],
    ['media', { mediaTypes: ['video', 'audio'] }, false],
    ['media', { mediaTypes: [] }, false],
    ['media', { mediaTypes: ['video'], requestingUrl: 'https://example.org/' }, false],
  ])('is asked for %s by %o and answers %s', (permission, details, isGranted) => {
    const answer = vi.fn();
    electron.state.permission!(null, permission, answer, { requestingUrl: `${ORIGIN}/`, ...details });
    expect(answer).toHaveBeenCalledWith(isGranted);
  });

  test('opens no window, and navigates nowhere else', () => {
    expect(electron.state.openHandler!()).toEqual({ action: 'deny' });
    const preventDefault = vi.fn();
    const navigate = electron.state.windows.at(-1)!.listeners.get('will-navigate') as unknown as (
      event: object,
      url: string,
    ) => void;
    navigate({ preventDefault }, 'https://example.org/');
    navigate({ preventDefault }, `${ORIGIN}/#/train`);
    expect(preventDefault).toHaveBeenCalledTimes(1);
  });
});

test('the preload offers four named functions and nothing more', async () => {
  await import('../../../src-main/desktop/preload.ts');
  const desktop = electron.state.exposed['desktop'] as Record<string, (arg?: unknown) => unknown>;
  expect(Object.keys(desktop).sort()).toEqual(['pathOfFile', 'pickFolder', 'revealInFolder', 'startDrag']);
  expect(desktop['pathOfFile']!({ name: 'ants' })).toBe('/real/ants');
  expect(await desktop['revealInFolder']!('/x')).toEqual(['desktop:reveal-in-folder', '/x']);
  desktop['startDrag']!('/x');
  expect(electron.state.sent).toEqual([['desktop:start-drag', '/x']]);
});
