// @ts-check
/** The figures of a run as Markdown. */
import { FIGURES } from './figures.js';

/** @typedef {import('./entries.js').Entry} Entry */
/** @typedef {import('./entries.js').Entries} Entries */

/** @param {Entries} entries */
export function toMarkdown(entries) {
  const rows = Object.entries(FIGURES).flatMap(([name, { title }]) => {
    const entry = entries[/** @type {keyof Entries} */ (name)];
    return entry ? [{ name, title, entry }] : [];
  });
  return [
    'Ants and bees (244 + 153 photographs), MobileNet V1 0.75 at 224 pixels; head and upper layers: whole processes, from start to end.',
    '',
    '| figure | what | ours | beside | value | goal | met |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ name, title, entry }) => toRow(name, title, entry)),
    '',
    ...accuracyLines(entries),
    conditionsLine(rows.map(({ entry }) => entry)),
    '',
  ].join('\n');
}

/** @param {string} name @param {string} title @param {Entry} entry */
function toRow(name, title, { value, goal, is, ours, peer, note, failed, met, ...entry }) {
  const asked = `${is === 'atLeast' ? '≥' : '≤'} ${goal} ×`;
  const answer = failed === undefined ? (met === null ? undecided(value) : met ? 'yes' : 'no') : 'failed';
  const why = met === false && entry.accuracy?.holds === false ? `${answer}: accuracy` : answer;
  const what = [title, ...(note === undefined ? [] : [`(${note})`])].join(' ');
  const cells = [`\`${name}\``, what, ours ?? '–', peer ?? '–', value === null ? '–' : `${value.toFixed(2)} ×`, asked];
  return `| ${[...cells, failed === undefined ? why : `${answer}: ${oneLine(failed)}`].join(' | ')} |`;
}

/** @param {number | null} value */
function undecided(value) {
  return value === null ? 'not measured' : 'speed yes, accuracy not compared';
}

/** @param {string} text */
function oneLine(text) {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 300);
}

/** @param {Entries} entries */
function accuracyLines({ head_cold_vs_keras, head_cold_vs_pytorch, upper_vs_keras, upper_vs_pytorch }) {
  const line = (/** @type {string} */ job, /** @type {Entry | undefined} */ entry) => {
    if (!entry?.accuracy) return [];
    const { ours, keras, pytorch } = entry.accuracy;
    const share = (/** @type {number | null} */ accuracy) => accuracy?.toFixed(4) ?? 'not measured';
    return [`${job}: ours ${share(ours)}, Keras ${share(keras)}, PyTorch ${share(pytorch)}`];
  };
  const lines = [
    ...line('head', head_cold_vs_keras ?? head_cold_vs_pytorch),
    ...line('upper layers', upper_vs_keras ?? upper_vs_pytorch),
  ];
  return lines.length === 0
    ? []
    : [`Validation accuracy (mean; the peers’ after their last epoch): ${lines.join('; ')}.`, ''];
}

/** @param {readonly Entry[]} entries */
function conditionsLine(entries) {
  const lines = entries.map(({ conditions }) => {
    const { date, machine, versions, repeats, isQuick } = conditions;
    const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const rounds = repeats === 1 ? 'one round' : `medians of ${repeats} rounds`;
    return `${date}, ${isQuick ? 'quick run, ' : ''}${rounds}, ours and peers in turns. ${machine}. ${packages.join(', ')}.`;
  });
  return [...new Set(lines)].join('\n\n');
}
