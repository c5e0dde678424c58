import { app, dialog, ipcMain, nativeImage, shell, type IpcMainInvokeEvent, type NativeImage } from 'electron';
import { existsSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';

const ICON_PX = { width: 96, height: 96 };

/**
 * Answers the preload's requests, for our own page alone.
 *
 * @param origin  of the server; a frame from anywhere else is refused.
 */
export function serveDesktop(origin: string): void {
  const isOurs = ({ senderFrame }: { readonly senderFrame: { readonly url: string } | null }): boolean => {
    const sender = senderFrame?.url ?? '';
    return URL.canParse(sender) && new URL(sender).origin === origin;
  };
  function handle<A extends unknown[], R>(channel: string, answer: (...args: A) => Promise<R>): void {
    ipcMain.handle(channel, (event: IpcMainInvokeEvent, ...args) => {
      if (!isOurs(event)) throw new Error(`Refused: ${channel} from ${event.senderFrame?.url ?? ''}`);
      return answer(...(args as A)); // as: only our preload can send, and it is typed
    });
  }

  handle('desktop:pick-folder', async () => {
    const { canceled, filePaths } = await dialog.showOpenDialog({ properties: ['openDirectory'] });
    return canceled ? null : (filePaths[0] ?? null);
  });
  handle('desktop:reveal-in-folder', async (path: unknown) => {
    if (typeof path !== 'string' || !isAbsolute(path) || !existsSync(path))
      throw new Error(`Nothing to show at ${String(path)}`);
    shell.showItemInFolder(path);
    return Promise.resolve();
  });
  // A message without an answer: what cannot be dragged is not, and there is nobody to tell.
  ipcMain.on('desktop:start-drag', (event, path: unknown) => {
    if (!isOurs(event) || typeof path !== 'string' || !isAbsolute(path) || !existsSync(path)) return;
    const file = normalize(path);
    iconOf(file).then(
      (icon) => event.sender.startDrag({ file, icon }),
      () => undefined, // the system has no picture for it, and a drag needs one
    );
  });
}

/** What floats beside the pointer: the picture itself where the system draws it (not on Linux), else the icon of its kind. */
function iconOf(file: string): Promise<NativeImage> {
  return nativeImage.createThumbnailFromPath(file, ICON_PX).catch(() => app.getFileIcon(file, { size: 'normal' }));
}
