import open from 'open';
import { startServer } from '../server/server.ts';
import { defaultDataFolder } from '../system/data-folder.ts';
import { printText } from './output.ts';

/** Serves the app until it is told to end. The printed address carries the key of this session. */
export async function serveCommand(flags: { readonly port: number; readonly open: boolean }): Promise<void> {
  const server = await startServer({ dataFolder: defaultDataFolder(), port: flags.port });
  await printText(`Fovea is at ${server.url}\nNothing leaves this machine. Ctrl-C ends it.`);
  if (flags.open && hasDisplay()) {
    const browser = await open(server.url);
    browser.once('error', (error) => process.stderr.write(`No browser could be opened: ${error.message}\n`));
  }
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await server.close();
}

/** Without one a browser cannot be opened, and the printed address has to do. */
function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
}
