/** The sample code of the exports, run as its README says, against what the app says of the same pictures. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { classifyPictures } from '../../src-main/engine/evaluate/classify.ts';
import { exportClassifier } from '../../src-main/engine/export/export.ts';
import { SAMPLE_TOLERANCE } from '../../src-main/engine/export/readme.ts';
import type { Classifier } from '../../src-main/engine/network/classifier.ts';
import { loadTestBackend } from '../helpers/backend.ts';
import { findBrowser, serveFolder } from '../helpers/browser.ts';
import { backboneClassifier, cornerClassifier, CORNER_LABELS } from '../helpers/classifiers.ts';
import { installedBackbones } from '../helpers/cli.ts';
import { writeOddPictures } from '../helpers/odd-pictures.ts';
import { formatsPython, testPython } from '../helpers/python.ts';
import { randomPixels } from '../helpers/random-network.ts';
import { repositoryRoot, shared } from '../helpers/shared.ts';

const python = await testPython();
const readers = await formatsPython();
const browser = findBrowser();
const photographs = shared('data/hymenoptera/val/ants');
const [backbone] = await installedBackbones();

let folder: string;
let pictures: Record<string, string>;

beforeAll(async () => {
  await loadTestBackend();
  folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules')); // in place of npm install
  pictures = await writeOddPictures(join(folder, 'pictures'));
  await exportClassifier(cornerClassifier(), { order: orderTo('corners') });
});
afterAll(() => rm(folder, { recursive: true }));

function orderTo(name: string) {
  return {
    folder: join(folder, name),
    formats: [
      'keras',
      'keras-h5',
      'onnx',
      'onnx-any-size',
      'onnx-nhwc',
      'tfjs',
      'tfjs-graph',
      'saved-model',
      'saved-model-any-size',
      'teachable-machine',
      'tflite',
    ] as const,
    overwrite: false,
  };
}

/** What a sample prints of one picture. */
interface Answer {
  readonly file: string;
  readonly label: string;
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
}

async function runSample(program: string, script: string, files: readonly string[]): Promise<Answer[]> {
  const { stdout } = await promisify(execFile)(program, [join(folder, script), ...files], { cwd: tmpdir() });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

/** Largest difference of a probability between sample and app, by picture; the class must be the app's. */
async function differences(classifier: Classifier, files: readonly string[], answers: readonly Answer[]) {
  const { rows, unreadable } = await classifyPictures(
    classifier,
    files.map((file) => ({ file })),
    {},
  );
  expect(unreadable).toEqual([]);
  expect(answers.map(({ file }) => file)).toEqual(files);
  return rows.map(({ probabilities }, index) => {
    const { label, probability, probabilities: theirs } = answers[index]!;
    expect(Object.keys(theirs)).toEqual(classifier.labels);
    expect(theirs[label]).toBe(probability);
    const appLabel = classifier.labels[probabilities.indexOf(Math.max(...probabilities))]!;
    // Only where two classes are as good as level may the names differ.
    const lead = Math.max(...probabilities) - probabilities[classifier.labels.indexOf(label)]!;
    expect(lead, `${files[index]}: ${label}, not ${appLabel}`).toBeLessThan(0.01);
    return Math.max(...probabilities.map((value, i) => Math.abs(value - theirs[classifier.labels[i]!]!)));
  });
}

/** A wrong filter, grid, background or colour profile moves several of the exact pictures by more. */
const ODD_TOLERANCE = 0.004;
/** Lossy files, whose decoders differ: in rounding, in how they spread colour, in how they turn ink into light. */
const LOSSY_TOLERANCE = 0.01;
const LOOSER: Readonly<Record<string, number>> = { 'cmyk.jpg': 0.03 };

/** `looser` names pictures that a sample may treat a little differently. */
async function checkOddPictures(answers: readonly Answer[], looser = LOOSER): Promise<void> {
  const found = await differences(cornerClassifier(), Object.values(pictures), answers);
  // Red lies top left in the file; EXIF moves it to each corner twice.
  const corners = answers.slice(0, 8).map(({ label }) => CORNER_LABELS.indexOf(label));
  expect(corners).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  const failed = Object.keys(pictures)
    .map((name, index) => ({ name, difference: found[index] ?? Infinity }))
    .filter(
      ({ name, difference }) =>
        difference > (looser[name] ?? (/\.(jpg|webp)$/.test(name) ? LOSSY_TOLERANCE : ODD_TOLERANCE)),
    );
  expect(failed).toEqual([]);
}

/** Bare libvips puts enlarged pictures half an output pixel off the centre. */
const LIBVIPS = { 'tiny.png': 0.02 };

const SAMPLES = [
  { name: 'keras/example.py', program: readers, looser: LOOSER },
  { name: 'keras-h5/example.py', program: readers, looser: LOOSER },
  { name: 'onnx/example.py', program: python, looser: LOOSER },
  { name: 'onnx-any-size/example.py', program: python, looser: LOOSER },
  { name: 'onnx-nhwc/example.py', program: python, looser: LOOSER },
  { name: 'saved-model-any-size/example.py', program: readers, looser: LOOSER },
  { name: 'saved-model/example.py', program: readers, looser: LOOSER },
  { name: 'tflite/example.py', program: readers, looser: LOOSER },
  { name: 'tfjs/example.mjs', program: process.execPath, looser: LIBVIPS },
  { name: 'tfjs-graph/example.mjs', program: process.execPath, looser: LIBVIPS },
] as const;

test.for(SAMPLES)(
  '$name turns, cuts and colours odd pictures as the app does',
  async ({ name, program, looser }, { skip }) => {
    if (program === null) return skip();
    await checkOddPictures(await runSample(program, `corners/${name}`, Object.values(pictures)), looser);
  },
);

test.skipIf(browser === null).each(['tfjs', 'tfjs-graph', 'tflite'])(
  '%s/example.html turns, cuts and colours odd pictures as the app does',
  async (format) => {
    await checkOddPictures(await answersInBrowser(format, Object.values(pictures)));
  },
);

test.skipIf(browser === null)(
  "Teachable Machine's own library answers as the app does, where it need not scale",
  async () => {
    const { imageSize } = cornerClassifier();
    const files = await Promise.all(
      [1, 2, 3].map(async (seed) => {
        const file = join(folder, `noise-${seed}.png`);
        const raw = { width: imageSize, height: imageSize, channels: 3 as const };
        await sharp(randomPixels(seed, imageSize * imageSize * 3), { raw }).toFile(file);
        return file;
      }),
    );
    const answers = await answersInBrowser('teachable-machine', files);
    for (const difference of await differences(cornerClassifier(), files, answers))
      expect(difference).toBeLessThan(1e-5);
  },
);

/** What example.html shows of pictures. */
async function answersInBrowser(format: string, files: readonly string[]): Promise<Answer[]> {
  await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'corners', format, 'node_modules'));
  const site = await serveFolder(join(folder, 'corners', format));
  const chrome = await chromium.launch({ executablePath: browser!, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await chrome.newPage();
    page.setDefaultTimeout(120_000);
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`${site.address}/example.html`);
    await page.locator('#files:enabled').setInputFiles([...files]);
    await page.locator(`#answers > li:nth-child(${files.length})`).waitFor();
    const items = await page
      .locator('#answers > li')
      .evaluateAll((found) => found.map((item) => ({ ...item.dataset })));
    expect(complaints).toEqual([]);
    return items.map(({ probabilities = '[]' }, index) => {
      const answers = JSON.parse(probabilities) as { label: string; probability: number }[];
      const best = answers.reduce((a, b) => (b.probability > a.probability ? b : a));
      const byLabel = Object.fromEntries(answers.map(({ label, probability }) => [label, probability]));
      return { file: files[index]!, ...best, probabilities: byLabel };
    });
  } finally {
    await chrome.close();
    site.close();
  }
}

test.for(SAMPLES)('$name answers on photographs as the app does', async ({ name, program }, { skip }) => {
  if (program === null || photographs === null || backbone === undefined) return skip();
  const classifier = await backboneClassifier(backbone, ['ant', 'bee'], 0.03);
  const target = `${backbone}-${name.replace('/', '-')}`;
  await exportClassifier(classifier, { order: orderTo(target) });
  const files = (await readdir(photographs)).slice(0, 24).map((file) => join(photographs, file));
  const found = await differences(classifier, files, await runSample(program, `${target}/${name}`, files));
  for (const difference of found) expect(difference).toBeLessThan(SAMPLE_TOLERANCE);
});
