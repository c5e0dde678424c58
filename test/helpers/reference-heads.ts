import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../src-main/contract/training.ts';
import { inMemory } from '../../src-main/engine/features/example-source.ts';
import type { LabelledExamples } from '../../src-main/engine/train/labelled-examples.ts';
import { trainHead } from '../../src-main/engine/train/train-heads.ts';

export interface ReferenceHead {
  readonly config: TrainConfig;
  readonly validationLosses: number[];
  readonly bestEpoch: number;
  readonly kernel: number[];
  readonly bias: number[];
}

/** PyTorch's trainings at double precision; see make-heads.py beside the file. */
export function readReferenceHeads(): ReferenceHead[] {
  const file = join(import.meta.dirname, '../fixtures/train/heads.json');
  const heads = JSON.parse(readFileSync(file, 'utf8')) as (Omit<ReferenceHead, 'config'> & {
    config: Partial<TrainConfig>;
  })[]; // as: our own file
  const rest = { ...DEFAULT_TRAIN_CONFIG, batchSize: 8, patience: 0 };
  return heads.map((head) => ({ ...head, config: { ...rest, ...head.config } }));
}

/** The data of make-heads.py. */
export function referenceData(): LabelledExamples {
  const [rowCount, featureCount, classCount] = [46, 6, 3];
  const rows = Uint32Array.from({ length: rowCount }, (_, row) => row);
  const labels = rows.map((row) => [0, 1, 0, 2, 0, 1, 0][row % 7]!);
  const features = Float32Array.from({ length: rowCount * featureCount }, (_, index) => {
    const [row, f] = [Math.floor(index / featureCount), index % featureCount];
    return ((index * 7919 + 104729) % 1009) / 504.5 - 1 + (f % classCount === labels[row] ? 1.2 : 0) + 3 * f;
  });
  return {
    source: inMemory(features, [featureCount]),
    labels,
    classCount,
    trainingRows: rows.filter((row) => row % 4 !== 0),
    validationRows: rows.filter((row) => row % 4 === 0),
  };
}

/**
 * Trains one of them on the backend that is set.
 *
 * @returns  its best epoch, and the largest difference of all its losses and weights to PyTorch's
 */
export async function trainReferenceHead({ config, validationLosses, kernel, bias }: ReferenceHead) {
  const losses: number[] = [];
  const onEpoch = ({ validationLoss }: { validationLoss: number }) => losses.push(validationLoss);
  const { head, bestEpoch } = await trainHead(referenceData(), config, { onEpoch });
  const got = [...losses, ...head.kernel.values, ...head.bias.values];
  const wanted = [...validationLosses, ...kernel, ...bias];
  const difference =
    got.length === wanted.length ? Math.max(...wanted.map((value, index) => Math.abs(value - got[index]!))) : Infinity;
  return { bestEpoch, difference };
}
