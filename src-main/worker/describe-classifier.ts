import { join } from 'node:path';
import type { Picture, Split } from '../contract/dataset.ts';
import type { TrainReport } from '../contract/results.ts';
import type { TrainConfig } from '../contract/training.ts';
import type { Backbone } from '../engine/backbones/catalogue.ts';
import { calibrationSample } from '../engine/dataset/calibration-sample.ts';
import type { Classifier } from '../engine/network/classifier.ts';
import type { Network } from '../engine/network/network.ts';
import type { EvaluatedSplits } from './evaluate-splits.ts';

interface Trained {
  readonly folder: string;
  readonly config: TrainConfig;
  readonly labels: readonly string[];
  readonly pictures: readonly Picture[];
  readonly backbone: Backbone;
  /** From pixels to probabilities. */
  readonly network: Network;
  readonly evaluated: EvaluatedSplits;
}

/** The model with where it came from and what a later export check needs. */
export function describeClassifier(trained: Trained): Classifier {
  const { folder, config, labels, pictures, backbone, network, evaluated } = trained;
  const { accuracy, interval, imageCount, split, choseBestEpoch } = evaluated.headline;
  const sha256Of = new Map(pictures.map(({ id, sha256 }) => [id, sha256]));
  return {
    network,
    labels,
    backbone: backbone.id,
    imageSize: backbone.imageSize,
    licence: backbone.licence,
    provenance: {
      trainedAt: new Date().toISOString(),
      config,
      counts: countPictures(pictures, labels),
      countsBySplit: countBySplit(pictures, labels),
      accuracy,
      interval,
      imageCount,
      split,
      choseBestEpoch,
    },
    validation: evaluated.validation.predictions.map(({ id, path, truth, probabilities }) => ({
      file: join(folder, path),
      sha256: sha256Of.get(id),
      probabilities,
      truth: labels.indexOf(truth),
    })),
    calibration: calibrationSample(pictures, config.seed).map(({ path, sha256 }) => ({
      file: join(folder, path),
      sha256,
    })),
  };
}

/** Pictures of each class, in the order of the labels: those are renamed and these need not be. */
function countBySplit(pictures: readonly Picture[], labels: readonly string[]): Record<Split, number[]> {
  const counts = { training: labels.map(() => 0), validation: labels.map(() => 0), test: labels.map(() => 0) };
  const numberOf = new Map(labels.map((label, index) => [label, index]));
  for (const { className, split } of pictures) {
    const index = numberOf.get(className);
    if (index !== undefined) counts[split][index] = (counts[split][index] ?? 0) + 1;
  }
  return counts;
}

export function countPictures(pictures: readonly Picture[], classes: readonly string[]): TrainReport['counts'] {
  const countIn = (split: Split) => pictures.filter((picture) => picture.split === split).length;
  const byClass = new Map(classes.map((name) => [name, 0]));
  for (const { className } of pictures) byClass.set(className, (byClass.get(className) ?? 0) + 1);
  return {
    train: countIn('training'),
    val: countIn('validation'),
    ...(countIn('test') === 0 ? {} : { test: countIn('test') }),
    byClass: Object.fromEntries(byClass),
  };
}
