/** The lab's experiments on the user's pictures: each takes options and answers with numbers. */
import type { CurveOptions, CurveResult } from './activation-curves.ts';
import type { DepthOptions, DepthResult } from './depth.ts';
import type { DropoutOptions, DropoutResult } from './dropout.ts';
import type { PenaltyOptions, PenaltyResult } from './penalties.ts';
import type { PreprocessingOptions, PreprocessingResult } from './preprocessing.ts';

export const EXPERIMENTS = ['preprocessing', 'activationCurves', 'depth', 'penalties', 'dropout'] as const;
export type Experiment = (typeof EXPERIMENTS)[number];

export interface ExperimentOptions {
  readonly preprocessing: PreprocessingOptions;
  readonly activationCurves: CurveOptions;
  readonly depth: DepthOptions;
  readonly penalties: PenaltyOptions;
  readonly dropout: DropoutOptions;
}

export interface ExperimentResults {
  readonly preprocessing: PreprocessingResult;
  readonly activationCurves: CurveResult;
  readonly depth: DepthResult;
  readonly penalties: PenaltyResult;
  readonly dropout: DropoutResult;
}

/** One experiment with its options. */
export type ExperimentOrder = {
  [E in Experiment]: { readonly experiment: E; readonly options: ExperimentOptions[E] };
}[Experiment];
