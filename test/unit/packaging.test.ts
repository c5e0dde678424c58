import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../helpers/shared.ts';

/** electron-builder's own schema check, without Electron and without packing. An internal path: the version is pinned. */
interface Builder {
  getConfig(folder: string, file: string, request: null): Promise<Record<string, unknown>>;
  validateConfiguration(config: Record<string, unknown>, logger: unknown): Promise<void>;
}
const require = createRequire(import.meta.url);
const { getConfig, validateConfiguration } = require('app-builder-lib/out/util/config/config') as Builder;
const { DebugLogger } = require('builder-util') as { DebugLogger: new (isEnabled: boolean) => unknown };

const load = () => getConfig(repositoryRoot, join(repositoryRoot, 'electron-builder.yml'), null);

test('electron-builder accepts its configuration, and would not accept a misspelt one', async () => {
  const config = await load();
  await expect(validateConfiguration(config, new DebugLogger(true))).resolves.toBeUndefined();
  await expect(validateConfiguration({ ...config, asarUnpak: [] }, new DebugLogger(true))).rejects.toThrow(/asarUnpak/);
});

test('what plain Node runs is kept out of the archive, which it cannot read', async () => {
  const { asarUnpack } = await load();
  expect(asarUnpack).toEqual(expect.arrayContaining(['dist/**', 'assets/**', 'node_modules/**']));
});
