// @ts-check
/**
 * Trains in every way on three sets of pictures, and by the coach's choice: accuracy, as mean and standard deviation of three
 * seeds. `node bench/every-way.js RESULTS.json` goes on from what that file holds, and prints the table at the end.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFovea } from './fovea.js';
import { places } from './places.js';
import { cleanUpAtTheEnd, removeFolder, run, temporaryFolder } from './processes.js';
import { mean, standardDeviation } from './statistics.js';

const SEEDS = [0, 1, 2];

/** Epochs of what costs seconds an epoch. */
const SCRATCH_EPOCHS = '40';

/** @type {Record<string, { flags: string[], augmentation: string }>} */
const WAYS = {
  scratch: { flags: ['--mode', 'scratch', '--epochs', SCRATCH_EPOCHS], augmentation: 'live' },
  'linear head': { flags: ['--mode', 'head'], augmentation: 'cached' },
  'MLP head': { flags: ['--mode', 'head', '--hidden', '128', '--dropout', '0.5'], augmentation: 'cached' },
  upper: { flags: ['--mode', 'upper'], augmentation: 'cached' },
  full: { flags: ['--mode', 'full'], augmentation: 'live' },
};

/** Two sizes × ten crops, as shares of what the network takes. */
const TTA_SHARES = [1, 256 / 224];

/**
 * @typedef {object} PictureSet
 * @property {string} name
 * @property {string} folder   with `train` and what it is measured on
 * @property {string} measured
 *
 * @typedef {object} Row
 * @property {number[]} plain    accuracy a seed
 * @property {number[]} tta
 * @property {number[]} seconds  of training, the whole process
 *
 * @typedef {Record<string, Record<string, Row>>} Results  by set, by way
 */

cleanUpAtTheEnd();
const [file = 'every-way.json'] = process.argv.slice(2);
/** @type {Results} */
const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const cache = temporaryFolder('cache');
await buildFovea();
/** @type {PictureSet[]} */
const sets = [
  { name: 'pizza-steak-sushi', folder: join(places.hymenoptera, '..', 'pizza-steak-sushi'), measured: 'test' },
  { name: 'hymenoptera', folder: places.hymenoptera, measured: 'val' },
  { name: 'flowers', folder: await splitOf(places.flowers), measured: 'val' },
];
for (const set of sets) {
  for (const [way, { flags, augmentation }] of Object.entries(WAYS)) {
    await complete(set, way, [...flags, '--augmentation', 'off']);
    await complete(set, `${way}, augmented`, [...flags, '--augmentation', augmentation]);
  }
}
process.stdout.write(table());

/**
 * Adds the seeds that a row still lacks.
 *
 * @param {PictureSet} set
 * @param {string} way
 * @param {readonly string[]} flags
 */
async function complete(set, way, flags) {
  const row = ((results[set.name] ??= {})[way] ??= { plain: [], tta: [], seconds: [] });
  for (const seed of SEEDS.slice(row.plain.length)) {
    const { plain, tta, seconds } = await train(set, [...flags, '--seed', String(seed)]);
    row.plain.push(plain);
    row.tta.push(tta);
    row.seconds.push(seconds);
    writeFileSync(file, JSON.stringify(results, null, 2));
    process.stderr.write(`${set.name}: ${way}, seed ${seed}: ${plain.toFixed(4)}, ${tta.toFixed(4)} with TTA\n`);
  }
}

/** @param {PictureSet} set @param {readonly string[]} flags */
async function train({ folder, measured }, flags) {
  const out = temporaryFolder('out');
  const trained = await fovea(['train', folder, '--out', out, '--formats', 'none', ...flags]);
  const side = flags.includes('scratch') ? 64 : 224;
  const scales = TTA_SHARES.map((share) => Math.round(share * side)).join(',');
  const pictures = join(folder, measured);
  const { report } = await fovea(['evaluate', out, pictures, '--tta-scales', scales, '--tta-crops', 'ten']);
  removeFolder(out);
  return { plain: trained.report.accuracy[measured], tta: report.tta.evaluation.accuracy, seconds: trained.seconds };
}

/** @param {readonly string[]} args */
async function fovea(args) {
  const command = ['dist/main/fovea.js', ...args, '--json'];
  const { stdout, seconds } = await run(process.execPath, command, { env: { FOVEA_CACHE: cache } });
  return { report: JSON.parse(stdout), seconds };
}

/** Every fifth picture of each class is for measuring. @param {string} folder */
async function splitOf(folder) {
  const target = temporaryFolder('split');
  for (const name of await readdir(folder)) {
    const pictures = (await readdir(join(folder, name))).toSorted();
    for (const part of ['train', 'val']) await mkdir(join(target, part, name), { recursive: true });
    for (const [index, picture] of pictures.entries())
      await cp(join(folder, name, picture), join(target, index % 5 === 4 ? 'val' : 'train', name, picture));
  }
  return target;
}

function table() {
  const cell = (/** @type {readonly number[]} */ values) =>
    `${(100 * mean(values)).toFixed(1)} ± ${(100 * standardDeviation(values)).toFixed(1)}`;
  return Object.entries(results)
    .map(([set, ways]) => {
      const rows = Object.entries(ways).map(
        ([way, { plain, tta, seconds }]) => `| ${way} | ${cell(plain)} | ${cell(tta)} | ${mean(seconds).toFixed(0)} |`,
      );
      return [`\n## ${set}\n`, '| way | accuracy, % | with TTA | seconds |', '|---|---|---|---|', ...rows, ''].join(
        '\n',
      );
    })
    .join('');
}
