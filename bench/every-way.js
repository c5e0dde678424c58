// @ts-check
/**
 * Trains in every way on three sets of pictures, and by the coach's choice: accuracy, as mean and standard deviation of three
 * seeds. `node bench/every-way.js RESULTS.json` goes on from what that file holds, and prints the table at the end;
 * `--set NAME` and `--way NAME`, both repeatable, measure only those.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
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
 *
 * @typedef {{ plain: number, tta: number, seconds: number }} Trained  accuracies of one run
 */

cleanUpAtTheEnd();
const { values: only, positionals } = parseArgs({
  allowPositionals: true,
  options: { set: { type: 'string', multiple: true }, way: { type: 'string', multiple: true } },
});
const [file = 'every-way.json'] = positionals;
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
for (const set of sets.filter(({ name }) => only.set?.includes(name) ?? true)) {
  for (const [way, { flags, augmentation }] of Object.entries(WAYS)) {
    const kinds = { [way]: 'off', [`${way}, augmented`]: augmentation };
    for (const [name, kind] of Object.entries(kinds))
      await complete(set, name, (seed) => train(set, [...flags, '--augmentation', kind, '--seed', String(seed)]));
  }
  await complete(set, "coach's choice", (seed) => trainAsCoached(set, seed));
}
process.stdout.write(table());

/**
 * Adds the seeds that a row still lacks.
 *
 * @param {PictureSet} set
 * @param {string} way
 * @param {(seed: number) => Promise<Trained>} trainOnce
 */
async function complete(set, way, trainOnce) {
  if (only.way !== undefined && !only.way.includes(way)) return;
  const row = ((results[set.name] ??= {})[way] ??= { plain: [], tta: [], seconds: [] });
  for (const seed of SEEDS.slice(row.plain.length)) {
    const { plain, tta, seconds } = await trainOnce(seed);
    row.plain.push(plain);
    row.tta.push(tta);
    row.seconds.push(seconds);
    writeFileSync(file, JSON.stringify(results, null, 2));
    process.stderr.write(`${set.name}: ${way}, seed ${seed}: ${plain.toFixed(4)}, ${tta.toFixed(4)} with TTA\n`);
  }
}

/**
 * What "fovea choose" and "fovea coach" propose, trained; their seconds count.
 *
 * @param {PictureSet} set @param {number} seed
 */
async function trainAsCoached(set, seed) {
  const seeded = ['--seed', String(seed)];
  const choice = await fovea(['choose', set.folder, ...seeded]);
  const { mode, backbone, augmentation } = choice.report;
  const chosen = ['--mode', mode, '--backbone', backbone, '--augmentation', augmentation, ...seeded];
  const out = temporaryFolder('coach');
  const coached = await fovea(['coach', set.folder, '--out', out, ...chosen]);
  removeFolder(out);
  const changes = Object.entries(coached.report.proposal.changes).flatMap(([setting, value]) => [
    `--${kebab(setting.split('.').at(-1) ?? setting)}`,
    String(value),
  ]);
  process.stderr.write(`${set.name}: the coach chose ${[...chosen, ...changes].join(' ')}\n`);
  const trained = await train(set, [...chosen, ...changes]);
  return { ...trained, seconds: choice.seconds + coached.seconds + trained.seconds };
}

/** @param {string} camelCase */
function kebab(camelCase) {
  return camelCase.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @param {PictureSet} set @param {readonly string[]} flags @returns {Promise<Trained>} */
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
