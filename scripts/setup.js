// @ts-check
/**
 * `npm run setup`: brings everything that Fovea needs and says what it has. Built-in modules of Node only: it runs before any
 * package is installed. `--help` lists its switches.
 *
 * Every step looks first and works only where something is missing; leaves nothing half-done that a later run would trust; may
 * fail without stopping the others. `npm start` and `npm test` run it too.
 */
import { helpText, readOptions } from './setup/options.js';
import { setUp } from './setup/steps.js';

const options = readOptions(process.argv.slice(2));
if (options?.help) process.stdout.write(helpText);
else if (options) process.exitCode = (await setUp(options, { retry: true })) ? 0 : 1;
