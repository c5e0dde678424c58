import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright';

/** Debian's Chromium, or the one that set-up or the user names; else the one that Playwright brought. Null: none. */
export function findBrowser(): string | null {
  const places = [process.env['FOVEA_CHROMIUM'] ?? '/usr/bin/chromium', chromium.executablePath()];
  const found = places.find((place) => existsSync(place)) ?? null;
  if (found === null) process.stderr.write('Skipping what needs a browser: there is no Chromium.\n');
  return found;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
};

/** Serves a folder on this machine, as `npx http-server` does. */
export async function serveFolder(folder: string): Promise<{ address: string; close: () => void }> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    readFile(join(folder, path)).then(
      (content) => response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream').end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return { address: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
