import { Command } from 'commander';
import type { TrainConfig } from '../contract/training.ts';
import { toTrainConfig } from './train-config.ts';
import { parseNumber } from './flag-kinds.ts';
import { withTraining, type TrainFlags } from './training-flags.ts';

/** Flags of commands that read pictures as a training would, and train by its defaults. */
export type SplitFlags = Partial<Pick<TrainFlags, 'seed' | 'valFraction' | 'testFraction' | 'json'>>;

export function withSplit(command: Command): Command {
  return command
    .option('--seed <number>', 'seed of split, order and initial weights; default: 0', parseNumber)
    .option('--val-fraction <share>', 'share of each class for validation; default: 0.2', parseNumber)
    .option('--test-fraction <share>', 'share of each class kept apart for a test; default: 0', parseNumber);
}

/** Settings of a training that was given these flags alone. @throws EngineError `setting/out-of-range` */
export function configOf(flags: Partial<TrainFlags>): TrainConfig {
  const defaults = withTraining(new Command()).parse([], { from: 'user' }).opts<TrainFlags>();
  return toTrainConfig({ ...defaults, ...flags });
}
