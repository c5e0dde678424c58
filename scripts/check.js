// @ts-check
/** What must hold before every commit: form, lint, types, dead code, unit tests. */
import { run, runSteps } from './run.js';

/** @typedef {import('./run.js').Step} Step */

const cache = 'node_modules/.cache';

/** @type {(name: string, project: string) => Step} */
const types = (name, project) => {
  const buildInfo = `${cache}/types-${name}.json`;
  return [`Types: ${name}`, 'tsc', '-p', project, '--incremental', '--tsBuildInfoFile', buildInfo];
};

/** The longest first, so that the last core is not left alone with it. @type {readonly Step[]} */
export const staticChecks = [
  ['Lint', 'eslint', '.', '--max-warnings', '0', '--cache', '--cache-location', `${cache}/eslint/`],
  types('tests', 'test'),
  types('main', 'src-main'),
  ['Types: page', 'svelte-check', '--tsconfig', 'src-renderer/tsconfig.json', '--fail-on-warnings'],
  [
    'Format',
    'prettier',
    '--check',
    '--log-level',
    'warn',
    '--cache',
    '--cache-location',
    `${cache}/prettier.json`,
    '.',
  ],
  types('contract', 'src-main/contract'),
  types('scripts', 'scripts'),
  ['Dead code', 'knip'],
];

/** Compiles what lint and types read: the page's messages. */
export async function prepareChecks() {
  return (await run(process.execPath, ['src-renderer/compile-messages.js'])) === 0;
}

if (process.argv[1] === import.meta.filename) {
  const passed =
    (await prepareChecks()) &&
    (await runSteps(staticChecks, [
      ['Unit tests', 'vitest', 'run', '--config', 'test/vitest.config.ts', '--project', 'unit', '--reporter', 'dot'],
    ]));
  process.exitCode = passed ? 0 : 1;
}
