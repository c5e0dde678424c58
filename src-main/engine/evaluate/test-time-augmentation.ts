/**
 * Test-time augmentation: a network sees each picture in several views, and their probabilities are averaged.
 *
 * Probabilities and not logits: that is what Krizhevsky et al. 2012 do ("averaging the predictions made by the network's
 * softmax layer on the ten patches", section 4.1) and He et al. 2015, section 3.4, follow for ten crops. A probability is
 * bounded, so that one view, of a corner with nothing in it, cannot outvote the rest however large its logits are.
 * He et al. average over scales too, there with the network run over the whole picture; here every scale is cut into the
 * same crops, so that the network sees its own input size alone.
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { readAhead } from '../images/decode-ahead.ts';
import { decodeCrops, type CropOrder, type DecodedCrops } from '../images/decode-crops.ts';
import type { PictureFile, UnreadablePicture } from '../features/pixels.ts';
import { openRunner, type Runner } from '../features/runner.ts';
import type { Classifier } from '../network/classifier.ts';
import type { ClassifiedPicture } from './classify.ts';
import { argMax } from './metrics.ts';
import type { View } from './views.ts';

/** What all views of one file say. */
export interface ViewedPicture extends ClassifiedPicture {
  /** For each subset that was asked for: the class that its views choose together. */
  readonly subsetChoices: readonly number[];
}

export interface ViewedPictures {
  readonly rows: readonly ViewedPicture[];
  readonly unreadable: readonly UnreadablePicture[];
  /** Wall-clock of it all, the network's loading apart. */
  readonly seconds: number;
}

export interface ViewOptions {
  /** At least one. */
  readonly views: readonly View[];
  /** Views, by their numbers, whose own choice is wanted too; that costs no further pass. None may be empty. */
  readonly subsets?: readonly (readonly number[])[];
  /** Called with the number of pictures that are done. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Views that go through the network together, as many as plain pictures do. */
const BATCH_SIZE = 16;

/** Each picture is 5 crops a scale: at 16 scales and 224 pixels, 12 MB. Twice as many as these are held. */
const CONCURRENCY = 4;

/** Runs a whole classifier over views of pictures. @throws as `runViews` */
export async function classifyViews(
  { network, imageSize }: Pick<Classifier, 'network' | 'imageSize'>,
  pictures: readonly PictureFile[],
  options: ViewOptions,
): Promise<ViewedPictures> {
  const runner = await openRunner(network);
  try {
    return await runViews(pictures, runner, { ...options, imageSize });
  } finally {
    await runner.dispose();
  }
}

/**
 * The same on a network that is open. Memory grows with the pictures by their averages alone, not by views.
 *
 * @param runner  gives probabilities. Borrowed.
 * @throws the signal's reason within one batch of an abort.
 */
export async function runViews(
  pictures: readonly PictureFile[],
  runner: Runner,
  { views, subsets = [], imageSize, onProgress, signal }: ViewOptions & { readonly imageSize: number },
): Promise<ViewedPictures> {
  const classCount = runner.outputCount;
  const viewLength = imageSize * imageSize * 3;
  const batch = new Uint8Array(BATCH_SIZE * viewLength);
  const inBatch: { readonly picture: Answers; readonly view: number }[] = [];
  const rows: ViewedPicture[] = [];
  const unreadable: UnreadablePicture[] = [];
  const started = performance.now();

  async function runBatch(): Promise<void> {
    if (inBatch.length === 0) return;
    signal?.throwIfAborted();
    const outputs = await runner.run(batch.subarray(0, inBatch.length * viewLength), inBatch.length);
    for (const [row, { picture, view }] of inBatch.entries()) {
      picture.byView.set(outputs.subarray(row * classCount, (row + 1) * classCount), view * classCount);
      if (view === views.length - 1) finish(picture);
    }
    inBatch.length = 0;
    await yieldToEventLoop(); // a picture is several batches: messages, and decoders that wait to begin, get their turn
  }

  function finish({ fileIndex, byView }: Answers): void {
    const averageOf = (members: readonly number[]) => averageViews(byView, members, classCount);
    rows.push({
      fileIndex,
      probabilities: averageOf([...views.keys()]),
      subsetChoices: subsets.map((members) => argMax(averageOf(members))),
    });
    onProgress?.(rows.length + unreadable.length);
  }

  const orders = orderCrops(views);
  const orderOf = views.map(({ scale }) => orders.findIndex(({ scalePx }) => scalePx === scale));
  const files = pictures.map(({ file }) => file);
  const decode = (file: string): Promise<DecodedCrops> => decodeCrops(file, imageSize, orders);
  for await (const { index, decoded } of readAhead(files, decode, { signal, concurrency: CONCURRENCY })) {
    if (!decoded.ok) {
      unreadable.push({ fileIndex: index, reason: decoded.reason });
      onProgress?.(rows.length + unreadable.length);
      continue;
    }
    const picture = { fileIndex: index, byView: new Float32Array(views.length * classCount) };
    for (const [view, { place, isFlipped }] of views.entries()) {
      const crop = decoded.crops[orderOf[view] ?? -1]?.get(place);
      if (crop === undefined) throw new Error(`View ${view} was not decoded`);
      const target = batch.subarray(inBatch.length * viewLength, (inBatch.length + 1) * viewLength);
      if (isFlipped) putMirrored(crop, target, imageSize);
      else target.set(crop);
      inBatch.push({ picture, view });
      if (inBatch.length === BATCH_SIZE) await runBatch();
    }
  }
  await runBatch();
  return { rows, unreadable, seconds: (performance.now() - started) / 1000 };
}

/** Of a picture whose views are on their way. */
interface Answers {
  readonly fileIndex: number;
  /** [views, classes]. Written. */
  readonly byView: Float32Array;
}

/** Which crops of each scale are to be cut; a mirror image needs none of its own. */
function orderCrops(views: readonly View[]): CropOrder[] {
  return [...new Set(views.map(({ scale }) => scale))].map((scalePx) => ({
    scalePx,
    places: [...new Set(views.filter(({ scale }) => scale === scalePx).map(({ place }) => place))],
  }));
}

/** Mean probabilities of some views, in float64 and in the order of the views, so that no backend changes it. */
function averageViews(byView: Float32Array, members: readonly number[], classCount: number): number[] {
  return Array.from({ length: classCount }, (_, classNumber) => {
    let sum = 0;
    for (const view of members) sum += byView[view * classCount + classNumber] ?? 0;
    return sum / members.length;
  });
}

/** @param pixels  uint8 [size, size, 3]. Borrowed. @param target  of the same shape. Written. */
function putMirrored(pixels: Uint8Array, target: Uint8Array, size: number): void {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const from = (row * size + column) * 3;
      const to = (row * size + size - 1 - column) * 3;
      for (let channel = 0; channel < 3; channel++) target[to + channel] = pixels[from + channel] ?? 0;
    }
  }
}
