/** One of the lab's experiments on the pictures of a folder. */
import { EngineError } from '../contract/errors.ts';
import type { Picture, Split } from '../contract/dataset.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { CurveOptions } from '../contract/lab/activation-curves.ts';
import type { DepthOptions } from '../contract/lab/depth.ts';
import type { DropoutOptions } from '../contract/lab/dropout.ts';
import type { ExperimentResults } from '../contract/lab/experiments.ts';
import type { PenaltyOptions } from '../contract/lab/penalties.ts';
import type { PreprocessingOptions } from '../contract/lab/preprocessing.ts';
import { DEFAULT_TRAIN_CONFIG, type Backend } from '../contract/training.ts';
import { drawCurves } from '../engine/lab/activation-curves.ts';
import { centredInputs } from '../engine/lab/centred-inputs.ts';
import { comparePenalties } from '../engine/lab/compare-penalties.ts';
import { measureDepth } from '../engine/lab/depth.ts';
import { measureEnsemble } from '../engine/lab/dropout-ensemble.ts';
import { measureSigns } from '../engine/lab/sign-agreement.ts';
import { trainDropped } from '../engine/lab/train-dropped.ts';
import { createRandom, shuffle } from '../engine/random.ts';
import { comparePreprocessing } from '../engine/train/preprocess/compare.ts';
import { openWorkerBackend } from './backend.ts';
import { rowsOf } from './evaluate-splits.ts';
import type { JobContext } from './job-context.ts';
import { openEmbeddings, openSmallPixels, readSmallPixels, type LabPictures } from './lab-pictures.ts';
import { readPictures } from './read-pictures.ts';

/** Keeps the draw of the pictures apart from others with the same seed. */
const STREAM = 44;

interface Place extends JobContext {
  readonly folder: string;
  readonly classes: readonly string[];
  /** All that the folder holds, with the splits of a training with this seed. */
  readonly pictures: readonly Picture[];
}

interface Setting extends Place {
  readonly backend: Backend;
}

/** @throws EngineError  why the pictures cannot be trained on; `run/cancelled` on a stop. */
export async function labJob(job: JobOf<'lab'>, context: JobContext): Promise<JobResults['lab']> {
  const { order } = job;
  if (order.experiment === 'preprocessing') return showPreprocessing(await read(job, context), order.options);
  const opening = openWorkerBackend(); // meanwhile the folder is read
  opening.catch(() => undefined); // awaited below
  const setting: Setting = { ...(await read(job, context)), backend: await opening };
  switch (order.experiment) {
    case 'activationCurves':
      return showCurves(setting, order.options);
    case 'depth':
      return showDepth(setting, order.options);
    case 'penalties':
      return showPenalties(setting, order.options);
    case 'dropout':
      return showDropout(setting, order.options);
  }
}

async function read({ folder, manifestFile, order }: JobOf<'lab'>, context: JobContext): Promise<Place> {
  context.report({ type: 'stage', stage: 'read', total: null });
  const config = { ...DEFAULT_TRAIN_CONFIG, seed: order.options.seed };
  const { classes, candidates } = await readPictures({ folder, manifestFile, config }, context);
  return { ...context, folder, classes, pictures: candidates };
}

/** Pictures that preprocessing is shown on, evenly chosen. More change no statistic that anybody could see. */
const MOST_PREPROCESSED = 2000;

async function showPreprocessing(
  place: Place,
  { sizePx, components }: PreprocessingOptions,
): Promise<ExperimentResults['preprocessing']> {
  const training = place.pictures.filter(({ split }) => split === 'training');
  const total = Math.min(training.length, MOST_PREPROCESSED);
  const chosen = Array.from({ length: total }, (_, index) => Math.floor((index * training.length) / total));
  const pictures = chosen.flatMap((row) => training[row] ?? []);
  const pixels = await readSmallPixels(place, pictures, sizePx);
  return comparePreprocessing(pixels, { sizePx, components });
}

async function showCurves(setting: Setting, options: CurveOptions): Promise<ExperimentResults['activationCurves']> {
  const chosen = choose(setting.pictures, 'training', options.pictures, options.seed);
  return using(await openEmbeddings(setting, chosen, options), async ({ source, pictures, labels }) => {
    requireSome(pictures, 'training');
    const inputs = await centredInputs(source, rowsOf(pictures, 'training'));
    const { units, seed } = options;
    const agreements = measureSigns(inputs, labels, { units, classCount: setting.classes.length, seed });
    return { ...drawCurves(options), signs: { pictureCount: pictures.length, agreements } };
  });
}

async function showDepth(setting: Setting, options: DepthOptions): Promise<ExperimentResults['depth']> {
  const { pictures: count, seed, reads, imageSize } = options;
  const chosen = choose(setting.pictures, 'training', count, seed);
  const opening =
    reads === 'pixels' ? openSmallPixels(setting, chosen, imageSize) : openEmbeddings(setting, chosen, options);
  return using(await opening, async ({ source, pictures }) => {
    requireSome(pictures, 'training');
    const inputs = await centredInputs(source, rowsOf(pictures, 'training'));
    const onProgress = progressOf(setting);
    return measureDepth(inputs, options, { signal: setting.stopSignal, onProgress });
  });
}

async function showPenalties(setting: Setting, options: PenaltyOptions): Promise<ExperimentResults['penalties']> {
  const { pictures: count, seed, iterations } = options;
  const chosen = (['training', 'validation'] as const).flatMap((split) => choose(setting.pictures, split, count, seed));
  return using(await openEmbeddings(setting, chosen, options), (read) => {
    const onProgress = progressOf(setting);
    const data = examplesOf(setting, read);
    const signal = setting.stopSignal;
    return comparePenalties(data, options, { signal, onProgress: (done) => onProgress(done, iterations) });
  });
}

async function showDropout(setting: Setting, options: DropoutOptions): Promise<ExperimentResults['dropout']> {
  const { masks, epochs, seed, pictures: shownCount } = options;
  const { stopSignal: signal, classes } = setting;
  const chosen = setting.pictures.filter(({ split }) => split !== 'test');
  return using(await openEmbeddings(setting, chosen, options), async (read) => {
    const onProgress = progressOf(setting);
    const data = examplesOf(setting, read);
    const total = epochs + masks;
    const head = await trainDropped(data, options, { signal, onEpoch: (epoch) => onProgress(epoch, total) });
    const rows = data.validationRows;
    const { answers, ...measured } = await measureEnsemble(head, rows, data.labels, {
      masks,
      seed,
      signal,
      onProgress: (done) => onProgress(epochs + done, total),
    });
    const pictures = answers.slice(0, shownCount).map((answer, index) => {
      const { id = '', path = '', className = '' } = read.pictures[rows[index] ?? 0] ?? {};
      return { id, path, truth: className, ...answer };
    });
    return { classes: [...classes], pictureCount: rows.length, ranEpochs: head.ranEpochs, ...measured, pictures };
  });
}

/** A draw of a split's pictures, in their order. */
function choose(pictures: readonly Picture[], split: Split, count: number, seed: number): Picture[] {
  const rows = rowsOf(pictures, split);
  const drawn = new Set(shuffle(rows, createRandom(seed, STREAM)).subarray(0, count));
  return pictures.filter((_, row) => drawn.has(row));
}

function examplesOf({ classes }: Setting, { source, pictures, labels }: LabPictures) {
  for (const split of ['training', 'validation'] as const) requireSome(pictures, split);
  const [trainingRows, validationRows] = [rowsOf(pictures, 'training'), rowsOf(pictures, 'validation')];
  return { source, labels, classCount: classes.length, trainingRows, validationRows };
}

/** Fewest pictures of a split that a mean and a spread can be had of. */
const FEWEST = 2;

/** Some may have turned out to be unreadable. */
function requireSome(pictures: readonly Picture[], split: Split): void {
  const count = rowsOf(pictures, split).length;
  if (count >= FEWEST) return;
  const message = `The experiment needs at least ${FEWEST} ${split} pictures that can be read, and got ${count}. Add pictures, or ask for more of them.`;
  throw new EngineError('dataset/too-few-images', message, { split, count });
}

function progressOf({ report }: JobContext): (done: number, total: number) => void {
  return (done, total) => report({ type: 'progress', stage: 'train', done, total });
}

async function using<T>(read: LabPictures, work: (read: LabPictures) => Promise<T>): Promise<T> {
  try {
    return await work(read);
  } finally {
    await read.close();
  }
}
