// @ts-check
/** What must hold before every commit, in under a minute: form, lint, types, dead code, unit tests. */
import { runSteps } from './run.js';

export const staticChecks = /** @type {const} */ ([
  ['Format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['Messages', process.execPath, 'src-renderer/compile-messages.js'],
  ['Lint', 'eslint', '.', '--max-warnings', '0', '--cache', '--cache-location', 'node_modules/.cache/eslint/'],
  ['Types: contract', 'tsc', '-p', 'src-main/contract'],
  ['Types: main', 'tsc', '-p', 'src-main'],
  ['Types: tests', 'tsc', '-p', 'test'],
  ['Types: scripts', 'tsc', '-p', 'scripts'],
  ['Types: page', 'svelte-check', '--tsconfig', 'src-renderer/tsconfig.json', '--fail-on-warnings'],
  ['Dead code', 'knip'],
]);

if (process.argv[1] === import.meta.filename) {
  const passed = await runSteps([
    ...staticChecks,
    ['Unit tests', 'vitest', 'run', '--config', 'test/vitest.config.ts', '--project', 'unit'],
  ]);
  process.exitCode = passed ? 0 : 1;
}
