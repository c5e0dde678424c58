import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, expect, test } from '@playwright/test';

const root = join(import.meta.dirname, '..', '..');

/** Electron's binary, found by files alone: asking the package for it would start a download. */
function electronBinary(): string | null {
  const folder = join(root, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const binary = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(binary) ? binary : null;
}

const binary = electronBinary();

test.skip(binary === null, 'Electron’s binary is not installed here; the same page is tested in Chromium.');

test('the window shows the app and offers the comforts of the desktop', async () => {
  const home = await mkdtemp(join(tmpdir(), 'fovea-electron-'));
  const app = await _electron.launch({
    executablePath: binary ?? '',
    args: [join(root, 'dist', 'main', 'desktop.cjs'), `--user-data-dir=${home}`],
    env: { ...process.env, FOVEA_HOME: home, FOVEA_NODE: process.execPath } as Record<string, string>, // as: process.env may hold undefined
  });
  const window = await app.firstWindow();
  await expect(window.getByText('Nothing leaves this machine')).toBeVisible();
  expect(
    await window.evaluate(() => Object.keys((globalThis as unknown as { desktop: object }).desktop).sort()),
  ).toEqual(['pathOfFile', 'pickFolder', 'revealInFolder']);
  await app.close();
});
