// @ts-check
import { availableParallelism, cpus } from 'node:os';

/**
 * @typedef {object} Row
 * @property {string} figure
 * @property {string} value
 * @property {string} [goal]
 * @property {boolean} [met]
 * @property {string} [note]
 * @property {number} load   processes that wanted a core when it was measured, mean of the minute before
 */

/** @param {readonly Row[]} rows */
export function toMarkdown(rows) {
  const lines = rows.map(({ figure, value, goal = '–', met, note = '', load }) => {
    const answer = met === undefined ? '–' : met ? 'yes' : 'no';
    return `| ${[figure, value, goal, answer, note, load.toFixed(1)].join(' | ')} |`;
  });
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} threads`;
  return [
    '| figure | value | goal | met | note | load |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
    `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}. "load" is the machine's mean number of running processes in the minute before.`,
    '',
  ].join('\n');
}
