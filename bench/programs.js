// @ts-check
/**
 * Figures that are measured inside the engine run as programs of their own, so that a native crash ends one figure and
 * nothing else. They import the engine's TypeScript; this bundles and runs them.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from '../scripts/run.js';
import { runForJson } from './processes.js';

/**
 * @param {string} name  of a file in `programs/`
 * @param {readonly unknown[]} args  each is handed over as JSON
 * @returns {Promise<any>} any: what the program prints; the figure that runs it knows
 */
export async function runProgram(name, args) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'bench-')); // within the checkout, where packages are found
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const outfile = join(folder, `${name}.js`);
    await esbuild.build({
      absWorkingDir: root,
      entryPoints: [`bench/programs/${name}.js`],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      packages: 'external',
      logLevel: 'warning',
    });
    return await runForJson(process.execPath, [outfile, ...args.map((value) => JSON.stringify(value))]);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
