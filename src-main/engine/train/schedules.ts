import type { Schedule } from '../../contract/training.ts';

export interface LearningRatePlan {
  readonly schedule: Schedule;
  /** The highest rate, which the warm-up reaches. */
  readonly learningRate: number;
  /** May be a fraction; it is rounded to whole steps. */
  readonly warmupEpochs: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** What `step` leaves of the rate after each third of the steps. */
const STEP_FACTOR = 0.1;

/**
 * The learning rate of one optimiser step, a pure function of its number.
 *
 * The warm-up rises linearly, from a first step that is not lost: step k of w has (k + 1) / w of the rate (Goyal et al.
 * 2017, arXiv:1706.02677, section 2.2). The schedule runs over the steps that are left: `cosine` from the full rate to
 * zero at the end (Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5, without restarts; as torch's CosineAnnealingLR),
 * `step` by a tenth after each third of them (as torch's StepLR).
 *
 * @param step  number of the step from the start of training, from 0.
 */
export function learningRateAt(plan: LearningRatePlan, step: number): number {
  const { schedule, learningRate, warmupEpochs, epochs, stepsPerEpoch } = plan;
  const warmupSteps = Math.round(warmupEpochs * stepsPerEpoch);
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, epochs * stepsPerEpoch - warmupSteps));
  switch (schedule) {
    case 'constant':
      return learningRate;
    case 'cosine':
      return (learningRate * (1 + Math.cos(Math.PI * progress))) / 2;
    case 'step':
      return learningRate * STEP_FACTOR ** Math.min(2, Math.floor(3 * progress));
  }
}
