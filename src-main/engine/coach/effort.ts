/** How much a search may cost, by what one step of training costs. Counted, not timed: equal seeds then give equal reports. */
export interface Effort {
  /** Training pictures that a search looks at, at most. */
  readonly rows: number;
  /** Parts that those are dealt into, each of which may check settings once. */
  readonly foldCount: number;
  /** How many of them do. */
  readonly checkingFolds: number;
  /** Rates of the sweep, and steps and epochs with each, at least. */
  readonly rates: readonly number[];
  readonly sweepSteps: number;
  readonly sweepEpochs: number;
  /** Settings that are drawn, the present ones among them, where they are trained one by one. */
  readonly drawn: { readonly coarse: number; readonly refined: number };
  /** Steps of each setting in the first round of a search, at least. */
  readonly coarseSteps: number;
  /** Steps in which a few pictures must be learned by heart. */
  readonly overfitSteps: { readonly fewest: number; readonly most: number };
  /** Pictures of each split that the curves are drawn of, at most. */
  readonly curveRows: number;
  /** Epochs of one training, at most. */
  readonly epochs: number;
  /** Pictures whose gradients are looked at together. */
  readonly startRows: number;
}

/** The lecture's four rates, one further to each side, and halves between. */
const HALF_DECADES = [1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1];
const DECADES = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/** As many steps as the run itself would take, but enough to show something and not more than takes a second. */
const OVERFIT_STEPS = { fewest: 200, most: 1000 };

/** With eta 3 and 2, three rounds of halving each. */
const DRAWN = { coarse: 9, refined: 4 };

/** Heads that train many at once. Beyond 2,048 pictures a standard error of an accuracy is below 1.2 points anyway. */
export const STACKED_EFFORT: Effort = {
  rows: 2048,
  foldCount: 5,
  checkingFolds: 5,
  rates: HALF_DECADES,
  sweepSteps: 80,
  sweepEpochs: 3,
  drawn: DRAWN,
  coarseSteps: 100,
  overfitSteps: OVERFIT_STEPS,
  curveRows: 8192,
  epochs: 1000,
  startRows: 1024,
};

/** Heads with hidden layers: a training each, of some milliseconds a step. */
export const HEAD_EFFORT: Effort = {
  ...STACKED_EFFORT,
  foldCount: 3,
  checkingFolds: 3,
  coarseSteps: 24,
  startRows: 128,
};

/** A small network from scratch: some ten milliseconds a picture and step. */
export const SCRATCH_EFFORT: Effort = {
  rows: 384,
  foldCount: 3,
  checkingFolds: 1,
  rates: DECADES,
  sweepSteps: 40,
  sweepEpochs: 3,
  drawn: DRAWN,
  coarseSteps: 8,
  overfitSteps: { fewest: 200, most: 200 },
  curveRows: 1024,
  epochs: 60,
  startRows: 128,
};

/** The upper part of a backbone: four milliseconds a picture and step, and it begins with what it knows. */
export const TAIL_EFFORT: Effort = {
  rows: 192,
  foldCount: 3,
  checkingFolds: 1,
  rates: DECADES,
  sweepSteps: 8,
  sweepEpochs: 3,
  drawn: DRAWN,
  coarseSteps: 4,
  overfitSteps: { fewest: 40, most: 40 },
  curveRows: 384,
  epochs: 10,
  startRows: 64,
};

/** All of a backbone: some ten times that. What the search sees is a sample, from which only coarse faults show. */
export const WHOLE_EFFORT: Effort = {
  ...TAIL_EFFORT,
  rows: 96,
  sweepSteps: 4,
  sweepEpochs: 2,
  drawn: { coarse: 4, refined: 2 },
  coarseSteps: 2,
  overfitSteps: { fewest: 10, most: 10 },
  curveRows: 96,
  epochs: 3,
  startRows: 8,
};
