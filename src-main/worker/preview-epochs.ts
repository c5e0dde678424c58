/** What epochs see of a training picture, made from the same parts and in the same order as training makes it. */
import { join } from 'node:path';
import type { AugmentationPreview } from '../contract/augment.ts';
import type { Picture } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import type { TrainConfig } from '../contract/training.ts';
import { mixExamples, planMix, type MixPlan } from '../engine/augment/mix.ts';
import { augmentationOf, putVariant, variantOf, variationOf } from '../engine/features/variants.ts';
import { decodeImage } from '../engine/images/decode.ts';
import { encodePng } from '../engine/images/encode-png.ts';
import { balancedOrder, epochOrder } from '../engine/train/balance.ts';
import { rowsOf } from './evaluate-splits.ts';

/** A training, as far as it decides what is seen. */
export interface PreviewedTraining {
  readonly folder: string;
  /** All that the training has, in its order: rows are places in this list. */
  readonly pictures: readonly Picture[];
  readonly classes: readonly string[];
  /** Side of the square that the network sees, pixels. */
  readonly imageSize: number;
  /** Of an example, where the part of the network that learns begins. */
  readonly shape: readonly number[];
  readonly config: TrainConfig;
}

interface Epochs {
  /** From 0. */
  readonly startEpoch: number;
  readonly epochCount: number;
}

type SeenEpoch = AugmentationPreview['epochs'][number];

/**
 * Shows a training picture as the epochs see it: its variant, and where the epoch's batch is mixed, mixed with the partner that
 * training gives it. Training mixes where the part that learns begins. In mode `full` that is what is shown; otherwise
 * activations or embeddings are mixed, and pixels show it as well as pixels can.
 *
 * Rows, and with them partners and stored variants, are training's as long as it can read all pictures.
 *
 * @throws EngineError `image/unreadable`; `setting/out-of-range` where what is to be mixed cannot be.
 */
export async function previewEpochs(
  row: number,
  { startEpoch, epochCount }: Epochs,
  training: PreviewedTraining,
): Promise<AugmentationPreview> {
  const { folder, pictures, classes, imageSize, shape, config } = training;
  const variation = variationOf(config);
  const trainingRows = rowsOf(pictures, 'training');
  const labels = Uint32Array.from(pictures, ({ className }) => classes.indexOf(className));
  const length = imageSize * imageSize * 3;
  const decoded = new Map<number, Promise<Uint8Array>>();
  const picture = pictureAt(row);

  const epochs: SeenEpoch[] = [];
  for (let epoch = startEpoch; epoch < startEpoch + epochCount; epoch++) epochs.push(await see(epoch));
  return { pictureId: picture.id, path: picture.path, className: picture.className, epochs };

  async function see(epoch: number): Promise<SeenEpoch> {
    const variant = variantOf(variation, epoch, row);
    const pixels = await variantPixels(row, epoch);
    const mixed = mixOf(epoch);
    const shown = mixed === null ? pixels : mixPixels(pixels, await variantPixels(mixed.partner, epoch), mixed.plan);
    return {
      epoch,
      variant,
      augmentation: augmentationOf(picture.sha256, variant, variation.augmenting),
      mix: mixed && describe(mixed),
      png: (await encodePng(shown, imageSize)).toString('base64'),
    };
  }

  /** With which row the epoch mixes this one, and how; null where it does not. */
  function mixOf(epoch: number): { readonly partner: number; readonly plan: MixPlan } | null {
    const { seed, batchSize, balance } = config;
    const order =
      balance === 'sampling' ? balancedOrder(labels, trainingRows, seed, epoch) : epochOrder(trainingRows, seed, epoch);
    const place = order.indexOf(row);
    if (place < 0) return null; // sampling leaves it out
    const step = Math.floor(place / batchSize);
    const batch = order.subarray(step * batchSize, (step + 1) * batchSize);
    const plan = planMix(config, { shape, classCount: classes.length, size: batch.length }, { seed, epoch, step });
    const partner = batch[plan?.partners[place % batchSize] ?? 0] ?? row;
    return plan === null || partner === row ? null : { partner, plan };
  }

  function describe({ partner, plan }: { readonly partner: number; readonly plan: MixPlan }): SeenEpoch['mix'] {
    const { path, className } = pictureAt(partner);
    return { kind: plan.kind, share: plan.share, box: plan.box, path, className };
  }

  function mixPixels(own: Uint8Array, other: Uint8Array, plan: MixPlan): Uint8Array {
    const both = new Float32Array(2 * length);
    both.set(own);
    both.set(other, length);
    const mixed = mixExamples(both, [imageSize, imageSize, 3], { ...plan, partners: Uint32Array.of(1, 0) });
    return Uint8Array.from(mixed.subarray(0, length), Math.round);
  }

  async function variantPixels(of: number, epoch: number): Promise<Uint8Array> {
    const { sha256 } = pictureAt(of);
    const place = new Uint8Array(length);
    const variant = variantOf(variation, epoch, of);
    putVariant(await pixelsOf(of), { place, imageSize, sha256, variant, augmenting: variation.augmenting });
    return place;
  }

  function pixelsOf(of: number): Promise<Uint8Array> {
    const pixels = decoded.get(of) ?? decode(join(folder, pictureAt(of).path), imageSize);
    decoded.set(of, pixels);
    return pixels;
  }

  function pictureAt(of: number): Picture {
    const found = pictures[of];
    if (found === undefined) throw new Error(`Row ${of} has no picture`);
    return found;
  }
}

async function decode(file: string, imageSize: number): Promise<Uint8Array> {
  const decoded = await decodeImage(file, imageSize);
  if (decoded.ok) return decoded.pixels;
  const { reason } = decoded;
  throw new EngineError(
    'image/unreadable',
    `${file} cannot be read: ${reason}. Replace it, or scan the folder again.`,
    {
      file,
      reason,
    },
  );
}
