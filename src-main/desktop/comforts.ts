import { dialog, ipcMain, shell, type IpcMainInvokeEvent } from 'electron';
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';

/**
 * Answers the preload's requests, for our own page alone.
 *
 * @param origin  of the server; a frame from anywhere else is refused.
 */
export function serveDesktop(origin: string): void {
  function handle<A extends unknown[], R>(channel: string, answer: (...args: A) => Promise<R>): void {
    ipcMain.handle(channel, (event: IpcMainInvokeEvent, ...args) => {
      const sender = event.senderFrame?.url ?? '';
      if (!URL.canParse(sender) || new URL(sender).origin !== origin)
        throw new Error(`Refused: ${channel} from ${sender}`);
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
}
