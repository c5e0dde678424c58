// @ts-check
/** Every check, from a fresh clone on: set-up with the build in it, static checks, all tests, the page in a browser. */
import { prepareChecks, staticChecks } from './check.js';
import { run, runSteps } from './run.js';

const setUp = await run(process.execPath, ['scripts/setup.js', '--for-tests']);
if (setUp !== 0) process.exit(setUp);

const passed =
  (await prepareChecks()) &&
  (await runSteps(staticChecks, [
    ['Build', process.execPath, 'scripts/build.js'],
    ['Tests', 'vitest', 'run', '--config', 'test/vitest.config.ts'],
    ['The page in a browser', 'playwright', 'test', '--config', 'test/playwright.config.ts'],
  ]));
process.exitCode = passed ? 0 : 1;
