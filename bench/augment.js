// @ts-check
/**
 * Variants of pictures: the engine's own code against libvips (through sharp), from the same decoded photographs by the same
 * draws, alternating. Prints medians of paired ratios, libvips to own: elapsed time, and processor time of all threads. Own
 * code runs on one thread, libvips with several pictures in flight, as a pipeline would have it.
 *
 * Then own code alone with each preset.
 *
 * usage: node bench/augment.js [--rounds 15]
 * Needs ../shared/data/hymenoptera. libvips gets the easier task: corners are black instead of reflected, the turned
 * picture keeps its larger frame, and contrast turns about a fixed grey.
 */
import { build } from 'esbuild';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';

const root = join(import.meta.dirname, '..');
const folder = join(root, '..', 'shared', 'data', 'hymenoptera', 'val', 'ants');
if (!existsSync(folder)) throw new Error('This benchmark needs ../shared/data/hymenoptera beside this checkout.');
const roundsAt = process.argv.indexOf('--rounds');
const rounds = roundsAt < 0 ? 15 : Number(process.argv[roundsAt + 1]);
const SIZE_PX = 224;
const PICTURES = 32;

/** @returns {Promise<typeof import('../src-main/engine/augment/augment.ts') & typeof import('../src-main/engine/augment/draw.ts') & typeof import('../src-main/contract/augment.ts')>} */
async function loadEngine() {
  const bundled = mkdtempSync(join(tmpdir(), 'fovea-bench-'));
  await build({
    stdin: {
      contents:
        "export * from './src-main/engine/augment/augment.ts'; export * from './src-main/engine/augment/draw.ts'; " +
        "export * from './src-main/contract/augment.ts';",
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: join(bundled, 'augment.mjs'),
  });
  const engine = await import(pathToFileURL(join(bundled, 'augment.mjs')).href);
  rmSync(bundled, { recursive: true });
  return engine;
}

/** @typedef {import('../src-main/contract/augment.ts').Augmentation} Augmentation */
/** @typedef {import('../src-main/engine/augment/pixels.ts').Pixels} Pixels */

/** @param {Pixels} source @param {Augmentation} augmentation */
async function withSharp({ data, width, height }, augmentation) {
  const { crop, isFlipped, rotationRadians, brightness, contrast, saturation, hueTurns } = augmentation;
  const [sine, cosine] = [Math.sin(rotationRadians), Math.cos(rotationRadians)];
  const wide = Math.max(1, Math.round(crop.width * width));
  const high = Math.max(1, Math.round(crop.height * height));
  let picture = sharp(data, { raw: { width, height, channels: 3 } })
    .extract({
      left: Math.min(width - wide, Math.round(crop.left * width)),
      top: Math.min(height - high, Math.round(crop.top * height)),
      width: wide,
      height: high,
    })
    .resize(SIZE_PX, SIZE_PX, { fit: 'fill', kernel: 'linear' })
    .flop(isFlipped);
  if (rotationRadians !== 0) {
    picture = picture.affine([cosine, sine, -sine, cosine], { interpolator: 'bilinear', background: '#000' });
  }
  if (saturation !== 1 || brightness !== 1 || hueTurns !== 0) {
    picture = picture.modulate({ brightness, saturation, hue: Math.round(360 * hueTurns) });
  }
  if (contrast !== 1) picture = picture.linear(contrast, (1 - contrast) * 128);
  return picture.raw().toBuffer();
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ index) => sorted[index] ?? NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.floor(sorted.length / 2))) / 2;
}

/** @param {() => Promise<void> | void} work */
async function measure(work) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: (performance.now() - wall) / PICTURES, cpuMs: (user + system) / 1000 / PICTURES };
}

const { augmentPixels, augmentationFor, AUGMENT_PRESETS } = await loadEngine();
const target = new Uint8Array(SIZE_PX * SIZE_PX * 3);
const files = readdirSync(folder).slice(0, PICTURES);

const all = AUGMENT_PRESETS.gentle;
const cases = {
  'all, from 256 px': { sidePx: 256, settings: all },
  'crop and flip, from 256 px': { sidePx: 256, settings: { ...all, rotationDegrees: 0, colourJitter: 0 } },
  'all, from 448 px (shrinks)': { sidePx: 448, settings: all },
};
/** @param {number} sidePx @param {import('../src-main/contract/augment.ts').AugmentSettings} settings */
async function drawFor(sidePx, settings) {
  const sources = await Promise.all(
    files.map(async (file) => {
      const data = await sharp(join(folder, file)).resize(sidePx, sidePx).removeAlpha().raw().toBuffer();
      return { data: new Uint8Array(data), width: sidePx, height: sidePx };
    }),
  );
  return sources.map((source, index) => ({
    source,
    draw: augmentationFor(settings, { seed: 0, epoch: 0, index }),
  }));
}

for (const [name, { sidePx, settings }] of Object.entries(cases)) {
  const pairs = await drawFor(sidePx, settings);
  const ours = () => pairs.forEach(({ source, draw }) => augmentPixels(source, draw, target, SIZE_PX));
  /** @param {number} inFlight */
  const libvips = (inFlight) => async () => {
    let next = 0;
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        for (let pair = pairs[next++]; pair !== undefined; pair = pairs[next++])
          await withSharp(pair.source, pair.draw);
      }),
    );
  };
  for (const { threads, inFlight } of [
    { threads: 1, inFlight: 2 },
    { threads: 1, inFlight: 4 },
    { threads: 1, inFlight: 8 },
    { threads: 2, inFlight: 4 },
  ]) {
    sharp.concurrency(threads);
    /** @type {{own: {wallMs: number, cpuMs: number}, other: {wallMs: number, cpuMs: number}}[]} */
    const pairs = [];
    for (let round = -2; round < rounds; round++) {
      const pair = { own: await measure(ours), other: await measure(libvips(inFlight)) };
      if (round >= 0) pairs.push(pair); // the first two warm up
    }
    const wall = median(pairs.map(({ own, other }) => other.wallMs / own.wallMs));
    const cpu = median(pairs.map(({ own, other }) => other.cpuMs / own.cpuMs));
    const ownMs = median(pairs.map(({ own }) => own.cpuMs));
    process.stdout.write(
      `${name}; libvips with ${inFlight} pictures in flight, ${threads} threads each: ` +
        `elapsed × ${wall.toFixed(2)}, processor × ${cpu.toFixed(2)} (own ${ownMs.toFixed(2)} ms a picture)\n`,
    );
  }
}

// What libvips cannot do in this way (lens, cutout) is measured alone, from what training has stored: 224 pixels.
for (const [name, settings] of Object.entries(AUGMENT_PRESETS)) {
  const pairs = await drawFor(SIZE_PX, settings);
  const times = [];
  for (let round = -2; round < rounds; round++) {
    const { cpuMs } = await measure(() =>
      pairs.forEach(({ source, draw }) => augmentPixels(source, draw, target, SIZE_PX)),
    );
    if (round >= 0) times.push(cpuMs);
  }
  process.stdout.write(`preset ${name}: own ${median(times).toFixed(2)} ms a picture\n`);
}
