// @ts-check
/** Puts a run's figures and plot into the README. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from '../scripts/run.js';
import { FIGURES } from './figures.js';
import { drawPlot } from './plot.js';
import { toMarkdown } from './report.js';

const PLOT_FILE = 'bench/accuracy-over-time.svg';
const START = '<!-- Written by "npm run bench -- --save". -->';
const END = '<!-- End of what the benchmark wrote. -->';

/**
 * @param {import('./entries.js').Entries} entries  every figure
 * @throws Error where one is missing or from a quick run, or where the README has lost the place
 */
export async function saveToReadme(entries) {
  const missing = Object.keys(FIGURES).filter((name) => !(name in entries));
  if (missing.length > 0) throw new Error(`The README shows every figure, and ${missing.join(', ')} was not measured.`);
  if (Object.values(entries).some(({ conditions }) => conditions.isQuick))
    throw new Error('The README shows what was measured; a quick run works part of it out. Run without --quick.');
  const plot = drawPlot(entries);
  const file = join(root, 'README.md');
  const readme = readFileSync(file, 'utf8');
  const [before, rest] = readme.split(START);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`README.md has no part between ${START} and ${END}`);
  const alt = 'Validation accuracy over time, Fovea beside the recipes of Keras and PyTorch';
  const written = [before, START, '\n\n', `![${alt}](${PLOT_FILE})\n\n`, toMarkdown(entries), '\n', END, after].join(
    '',
  );
  writeFileSync(join(root, PLOT_FILE), plot);
  writeFileSync(file, await format(written, { ...(await resolveConfig(file)), filepath: file }));
}
