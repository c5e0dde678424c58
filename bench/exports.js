// @ts-check
/** What exported files cost: agreement with the app, accuracy, size, and the time to write them. `--help` says how. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildFovea } from './fovea.js';
import { places } from './places.js';
import { cleanUpAtTheEnd, removeFolder, run, temporaryFolder } from './processes.js';

const USAGE = `node bench/exports.js [--models <folder>] [--set <name>] [--backbone <id>]

Trains the upper layers on ants and bees (the standard validation split) and on flowers (80/20), on each backbone, exports every
format and prints a table for each set. --models keeps the trained models, and takes those that are there.
`;

/**
 * Shares that agree, and the most that accuracy may lose, by how a format rounds.
 *
 * @type {Readonly<Record<string, { agreement: number, drop: number }>> & { exact: { agreement: number, drop: number } }}
 */
const GOALS = {
  exact: { agreement: 1, drop: 0 },
  'tflite-f16': { agreement: 0.995, drop: 0.015 },
  'tflite-int8': { agreement: 0.98, drop: 0.015 },
  'tflite-uint8': { agreement: 0.98, drop: 0.015 },
};
const WRITE_SECONDS = 2;

const SETS = {
  hymenoptera: { folder: places.hymenoptera, flags: [] },
  flowers: { folder: places.flowers, flags: ['--val-fraction', '0.2'] },
};
const BACKBONES = ['mobilenet_v1_0.75_224', 'efficientnet_lite0'];

/**
 * @typedef {import('../src-main/contract/results.ts').ExportReport} ExportReport
 * @typedef {import('../src-main/contract/results.ts').ExportRefusal} ExportRefusal
 */

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    models: { type: 'string' },
    set: { type: 'string', multiple: true, default: Object.keys(SETS) },
    backbone: { type: 'string', multiple: true, default: BACKBONES },
  },
});
if (values.help === true) {
  process.stdout.write(USAGE);
} else {
  cleanUpAtTheEnd();
  await buildFovea();
  const cache = temporaryFolder('cache');
  const models = resolve(values.models ?? temporaryFolder('models'));
  for (const [name, set] of Object.entries(SETS).filter(([name]) => values.set.includes(name))) {
    const tables = [];
    for (const backbone of values.backbone) {
      const model = join(models, `${name}-${backbone}`);
      if (!existsSync(join(model, 'report.json'))) {
        const how = ['--mode', 'upper', '--backbone', backbone, '--formats', 'none', ...set.flags];
        await fovea(['train', set.folder, '--out', model, ...how], cache);
      }
      tables.push(...(await measure(model, backbone, cache)));
    }
    process.stdout.write(`\n## ${name}\n\n${table(tables)}\n`);
  }
}

/**
 * A row a format.
 *
 * @param {string} model
 * @param {string} backbone
 * @param {string} cache
 * @returns {Promise<string[][]>}
 */
async function measure(model, backbone, cache) {
  const out = temporaryFolder('exports');
  const { exports, refused } = await fovea(['export', model, '--out', out, '--formats', 'all'], cache);
  removeFolder(out);
  const { accuracy } = JSON.parse(readFileSync(join(model, 'report.json'), 'utf8'));
  return [
    ...exports.map((/** @type {ExportReport} */ report) => row(backbone, report, accuracy.val)),
    ...refused.map((/** @type {ExportRefusal} */ { format, message }) => [backbone, format, `refused: ${message}`]),
  ];
}

/**
 * @param {string} backbone
 * @param {ExportReport} report
 * @param {number} accuracy  in the app
 */
function row(
  backbone,
  { format, agreement, maxAbsDifference, accuracyDrop, bytes, writeSeconds = 0, doubt },
  accuracy,
) {
  const size = [(bytes / 1e6).toFixed(1), writeSeconds.toFixed(2)];
  const isSlow = writeSeconds > WRITE_SECONDS;
  if (agreement === null) return [backbone, format, 'not run here', '', '', ...size, isSlow ? 'no: time' : 'yes: time'];
  const share = agreement.same / agreement.of;
  const drop = accuracyDrop?.drop ?? 0; // absent where the answers are the app's
  const goal = GOALS[format] ?? GOALS.exact;
  const misses = [
    ...(share < goal.agreement ? ['agreement'] : []),
    ...(drop > goal.drop ? ['accuracy'] : []),
    ...(isSlow ? ['time'] : []),
  ];
  return [
    backbone,
    format,
    `${agreement.same} of ${agreement.of} (${percent(share)})${doubt?.layer === undefined ? '' : `, most by ${doubt.layer}`}`,
    (maxAbsDifference ?? 0).toExponential(1),
    `${percent(accuracy - drop)} / ${percent(accuracy)}`,
    ...size,
    misses.length === 0 ? 'yes' : `no: ${misses.join(', ')}`,
  ];
}

/** @param {readonly (readonly string[])[]} rows */
function table(rows) {
  const head = ['backbone', 'format', 'as the app', 'largest difference', 'accuracy / app', 'MB', 'write s', 'met'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/**
 * @param {readonly string[]} args
 * @param {string} cache
 * @returns {Promise<any>} any: what the command prints
 */
async function fovea(args, cache) {
  const { stdout } = await run(process.execPath, ['dist/main/fovea.js', ...args, '--json'], {
    env: { FOVEA_CACHE: cache },
  });
  return JSON.parse(stdout);
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
