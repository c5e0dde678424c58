// @ts-check
/**
 * Builds the app and takes pictures of every screen, in both sizes, themes and languages, into `screenshots/`; with `--sample`, on
 * pictures that Fovea draws itself.
 */
import { run } from './run.js';

process.env['FOVEA_SCREENSHOTS'] = process.argv.includes('--sample') ? 'sample' : 'all';
const built = await run(process.execPath, ['scripts/build.js']);
process.exitCode =
  built === 0 ? await run('playwright', ['test', '--config', 'test/playwright.config.ts', 'screenshots']) : built;
