import { join } from 'node:path';
import { BrowserWindow, dialog } from 'electron';

/** Opens the one window. It can go nowhere but to our own server and gets no permission but for the camera, which Data and Try ask for. */
export async function openWindow(url: string): Promise<BrowserWindow> {
  const { origin } = new URL(url);
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(__dirname, 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
    },
  });
  const { session } = window.webContents;
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const kinds = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    const isWebcam = permission === 'media' && kinds.length > 0 && kinds.every((kind) => kind === 'video');
    answer(isWebcam && new URL(details.requestingUrl).origin === origin);
  });
  session.webRequest.onBeforeRequest((request, answer) => {
    const isOurs =
      ['devtools:', 'blob:', 'data:'].includes(new URL(request.url).protocol) || new URL(request.url).origin === origin;
    answer({ cancel: !isOurs });
  });
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.webContents.on('will-navigate', (event, target) => {
    if (new URL(target).origin !== origin) event.preventDefault();
  });
  // A browser asks by itself where the page has work that leaving would end; Electron just does not close the window.
  window.webContents.on('will-prevent-unload', (event) => {
    const buttons = ['Stay', 'Leave'];
    const message = 'Fovea is copying pictures or exporting a model. Leave, and end that?';
    const chosen = dialog.showMessageBoxSync(window, { type: 'question', buttons, defaultId: 0, cancelId: 0, message });
    if (buttons[chosen] === 'Leave') event.preventDefault();
  });
  window.once('ready-to-show', () => window.show());
  await window.loadURL(url);
  return window;
}
