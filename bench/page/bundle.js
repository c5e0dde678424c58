// @ts-check
/** What the built page weighs, compressed as a server on the network would send it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from '../../scripts/run.js';

const folder = join(root, 'dist', 'renderer');

/** @returns {{ firstLoad: number, all: number }} bytes of HTML, scripts and styles: those that `index.html` names, and all */
export function measureBundle() {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map(([, path = '']) => path);
  const scripts = readdirSync(join(folder, 'assets')).filter((name) => /\.(js|css)$/.test(name));
  const all = ['index.html', 'early.js', ...scripts.map((name) => join('assets', name))];
  return { firstLoad: sum(['index.html', ...named]), all: sum(all) };
}

/** @param {readonly string[]} paths */
function sum(paths) {
  return paths.reduce((total, path) => total + gzipSync(readFileSync(join(folder, path))).length, 0);
}
