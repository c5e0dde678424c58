// @ts-check
/**
 * Packages the app: builds it, fetches the plain Node that runs server and workers, and runs electron-builder.
 *
 * usage: npm run package -- [electron-builder's own flags, e.g. --linux dir -c.electronDist=FOLDER]
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.js';

/** A long-term release; its npm package holds Node's own binary. */
const NODE_VERSION = '22.23.3';
const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}@${NODE_VERSION}`;
const folder = join(root, 'release', 'node');

/** @param {string} title @param {number} code */
function mustPass(title, code) {
  if (code === 0) return;
  process.stderr.write(`${title} failed with exit code ${code}.\n`);
  process.exit(code);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
mustPass('Fetching Node', await run('npm', ['pack', '--silent', '--pack-destination', folder, nodePackage]));
const archive = join(folder, `${nodePackage.replace('@', '-')}.tgz`);
mustPass('Unpacking Node', await run('tar', ['-xzf', archive, '-C', folder, '--strip-components', '1']));
rmSync(archive);
mustPass('The build', await run(process.execPath, ['scripts/build.js']));
mustPass('electron-builder', await run('electron-builder', process.argv.slice(2)));
