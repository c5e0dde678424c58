/**
 * Electron's main process: starts the server on plain Node, opens one window on it, and offers four comforts of the desktop.
 * It loads no native module: sharp and large native allocations crash inside Electron's processes on Linux.
 */
import { join } from 'node:path';
import { app, BrowserWindow, dialog } from 'electron';
import { serveDesktop } from './comforts.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import { openWindow } from './window.ts';

let server: ServerProcess | null = null;

async function start(): Promise<void> {
  await app.whenReady();
  try {
    server = await startServerProcess(join(__dirname, 'fovea.js').replace('app.asar', 'app.asar.unpacked'));
  } catch (error) {
    dialog.showErrorBox('Fovea could not start', error instanceof Error ? error.message : String(error));
    app.exit(1);
    return;
  }
  const { url } = server;
  server.onExit((why) => {
    dialog.showErrorBox(
      'Fovea has to close',
      `Its server ended: ${why}. Your projects are safe on disk; start Fovea again.`,
    );
    app.exit(1);
  });
  serveDesktop(new URL(url).origin);
  await openWindow(url);
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) void openWindow(url);
  });
}

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => BrowserWindow.getAllWindows()[0]?.focus());
  app.on('window-all-closed', () => app.quit());
  app.on('will-quit', () => server?.stop());
  void start();
} else {
  app.quit();
}
