import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { cacheFolder } from '../scripts/setup/paths.js';

const root = join(import.meta.dirname, '..');

/** This run's own: what an earlier version of the code has stored must not answer for this one. The file is read several times. */
const cache = join(tmpdir(), `fovea-test-cache-${process.pid}`);

/** Where set-up has put what tests need of it, such as a Python: found before they get a cache of their own. */
process.env['FOVEA_SET_UP_CACHE'] ??= cacheFolder();

/**
 * Projects by what they need: `unit` nothing, `setup` loopback and child processes, `contract` a built server, `cli` the
 * built command, `faults` hostile files, `interop` Python.
 */
function project(name: string, testTimeout: number) {
  return {
    extends: true as const,
    test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout },
  };
}

export default defineConfig({
  root,
  test: {
    pool: 'forks', // native backends and worker threads do not mix
    maxWorkers: 2,
    env: { FOVEA_CACHE: cache, FOVEA_HOME: join(cache, 'home') }, // what this machine's user has added must not count
    globalSetup: join(import.meta.dirname, 'remove-cache.ts'),
    projects: [
      project('unit', 60_000),
      project('setup', 120_000),
      project('contract', 120_000),
      project('cli', 180_000),
      project('faults', 120_000),
      project('interop', 300_000),
    ],
  },
});
