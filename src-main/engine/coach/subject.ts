import type { CoachAction } from '../../contract/coach.ts';
import type { TrainConfig } from '../../contract/training.ts';
import type { EpochReport } from '../train/epoch-report.ts';
import type { Dials } from './dials.ts';
import type { Effort } from './effort.ts';
import type { Fold } from './folds.ts';

/** The pictures that a subject learns from, by row. */
export interface LabelledRows {
  /** Class number of each row. */
  readonly labels: Uint32Array;
  readonly classCount: number;
  readonly trainingRows: Uint32Array;
  readonly validationRows: Uint32Array;
}

/** One weighted layer of an untrained model. */
export interface LayerFacts {
  readonly name: string;
  readonly gradientNorm: number;
  /** Share of the layer's weights whose gradient is exactly 0 over all rows. */
  readonly zeroGradientShare: number;
  /** Share of hidden units that have the same weights as another: nothing will ever tell them apart. 0 for the last layer. */
  readonly twinUnitShare: number;
  /** Share of hidden units that give 0 for every row; null where the layer is the last. */
  readonly deadUnitShare: number | null;
}

/** What is known of a model before its first step, weight decay and smoothing off. */
export interface StartFacts {
  /** Mean cross-entropy, nats. */
  readonly loss: number;
  /** Standard deviation of the logits over rows and classes. */
  readonly logitStd: number;
  readonly layers: readonly LayerFacts[];
}

/** Cross-entropy of a model that has learned before, nats. */
export interface StartLoss {
  readonly training: number;
  readonly validation: number;
}

/** One training from its start. */
export interface Curve {
  readonly epochs: readonly EpochReport[];
  /** Whether its loss stopped being a number. */
  readonly isDiverged: boolean;
  /** On the validation rows, of the best epoch; infinite where there is none. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
  /** Class scores of the validation rows by the best epoch, [rows, classes]; null where there is none, or nobody asked. */
  readonly scores: Float32Array | null;
}

export interface TrainOptions extends Fold {
  /** Whether the curves' scores are needed. */
  readonly wantsScores?: boolean;
  /** Where each setting costs a training, it ends with the first epoch of which this holds. */
  readonly isEnough?: (report: EpochReport) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Changes that this kind of model understands, by what they are against. */
export interface Remedies {
  /** A start from which the layers learn. */
  readonly initialisation: readonly CoachAction[];
  /** More that can learn. */
  readonly capacity: readonly CoachAction[];
  /** Less that can be learned by heart. */
  readonly regularisation: readonly CoachAction[];
}

/** What the coach examines: something that can be trained from its start, many times, under changed settings. */
export interface Subject extends LabelledRows {
  /** Whether many settings cost about as much as one: then grids are searched, and every picture takes a turn at checking. */
  readonly isStacked: boolean;
  readonly dials: Dials;
  readonly effort: Effort;
  /** What is trained, where a run has more than one training: "Fine-tuning from conv_dw_12 on"; null: all of the run. */
  readonly title: string | null;
  /**
   * Mean losses before the first step, where what is trained has learned before; absent where it begins with random weights,
   * and so with a loss of log(classes).
   */
  readonly startLoss?: (config: TrainConfig, fold: Fold) => Promise<StartLoss>;
  initial(config: TrainConfig): Promise<StartFacts>;
  /** Trains each config from its start, for `config.epochs` at most. @throws the signal's reason on an abort. */
  train(configs: readonly TrainConfig[], options: TrainOptions): Promise<readonly Curve[]>;
  /**
   * Class scores of rows, [rows, classes], by a learner of another kind, which sees what this one's limits hide from it;
   * absent where there is none.
   */
  readonly secondOpinion?: (trainingRows: Uint32Array, rows: Uint32Array) => Promise<Float32Array>;
  remedies(config: TrainConfig): Remedies;
}
