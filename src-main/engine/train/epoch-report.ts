import { EngineError } from '../../contract/errors.ts';

export interface EpochReport {
  readonly epoch: number;
  /** Mean over the epoch's batches, while the weights change. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  /** Of the epoch's last step. */
  readonly learningRate: number;
  readonly isBest: boolean;
  /** Class numbers that it gives to the watched validation rows, in their order; absent where none are watched. */
  readonly predicted?: readonly number[];
}

export function diverged(learningRate: number, epoch: number): EngineError {
  return new EngineError(
    'run/diverged',
    `The loss stopped being a number in epoch ${epoch} with learning rate ${learningRate}. Train again with a learning rate ten times lower.`,
    { epoch, learningRate },
  );
}
