// @ts-check
/** Our decoder over real photographs, and bare sharp loops that make the same squares. */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import sharp from 'sharp';
import { decodeAhead } from '../../src-main/engine/images/decode-ahead.ts';
import { alternate, answer, programArguments } from './rounds.js';

const SIZE_PX = 224;

const [{ folders, every, repeats }] = programArguments();
const found = folders.flatMap((/** @type {string} */ folder) => picturesIn(folder));
const files = found.filter((/** @type {string} */ _, /** @type {number} */ index) => index % every === 0);

const cores = availableParallelism();
const bare = {
  [`${cores} at a time`]: () => bareSharp(cores, 1),
  [`${2 * cores} at a time`]: () => bareSharp(2 * cores, 1),
  [`${4 * cores} at a time`]: () => bareSharp(4 * cores, 1),
  [`${cores} at a time, ${cores} threads each`]: () => bareSharp(cores, cores),
};
const rounds = await alternate(repeats, { ours: decodeAll, ...bare });
const perSecond = (/** @type {number | undefined} */ seconds) => files.length / (seconds ?? NaN);
answer(
  rounds.map(({ ours, ...variants }) => {
    const ofVariants = Object.entries(variants).map(([name, seconds]) => ({ name, rate: perSecond(seconds) }));
    const best = ofVariants.toSorted((a, b) => b.rate - a.rate)[0];
    return { ours: perSecond(ours), peer: best?.rate, note: best?.name };
  }),
);

async function decodeAll() {
  for await (const { index, decoded } of decodeAhead(files, { sizePx: SIZE_PX }))
    if (!decoded.ok) throw new Error(`${files[index]}: ${decoded.reason}`);
}

/**
 * The fewest words that make an upright square of each, with the same filter.
 *
 * @param {number} concurrency
 * @param {number} threads  of one picture
 */
async function bareSharp(concurrency, threads) {
  const ownThreads = sharp.concurrency();
  sharp.concurrency(threads);
  const limit = pLimit(concurrency);
  const decode = (/** @type {string} */ file) =>
    sharp(file, { autoOrient: true }).resize(SIZE_PX, SIZE_PX, { fit: 'cover', kernel: 'linear' }).raw().toBuffer();
  await Promise.all(files.map((/** @type {string} */ file) => limit(() => decode(file))));
  sharp.concurrency(ownThreads);
}

/** @param {string} folder @returns {string[]} */
function picturesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return entries
    .filter((name) => /\.jpe?g$/i.test(name))
    .map((name) => join(folder, name))
    .toSorted();
}
