/**
 * The lecture's six steps, one after another, each with a verdict, its evidence and what can be done.
 *
 * Context: a search over settings finds the luckiest ones, and a check of the same pictures then believes in them. Choice:
 * grids check on the training split alone, by cross-validation, and a proposal has to beat the present settings by more than
 * the best of so many would by luck. Cost: on a few hundred pictures most runs keep their settings, as they should.
 */
import type { CoachProposal, CoachStep, CoachStepName } from '../../contract/coach.ts';
import type { TrainConfig } from '../../contract/training.ts';
import { searchCoarsely } from './coarse-grid.ts';
import { drawCurves, type DrawnCurves } from './curves.ts';
import { initialLoss } from './initial-loss.ts';
import { sweepLearningRate } from './learning-rate.ts';
import { searchPlan } from './measure.ts';
import { overfitALittle } from './overfit-a-little.ts';
import { searchFinely } from './refined-grid.ts';
import type { StepResult } from './step-result.ts';
import type { Subject } from './subject.ts';

export interface Coached {
  readonly steps: readonly CoachStep[];
  readonly proposal: CoachProposal;
  readonly mistakes: DrawnCurves['mistakes'];
}

interface CoachOptions {
  /** Names of the classes, for the advice. */
  readonly classNames: readonly string[];
  /** Called before each step. */
  readonly onStart?: (step: CoachStepName) => void;
  /** Called after each step. */
  readonly onStep?: (step: CoachStep) => void;
  readonly signal?: AbortSignal;
}

/**
 * Examines a run before it is started. Needs a tfjs backend; equal seeds give equal reports on the CPU, seconds apart.
 *
 * @throws the signal's reason on an abort, after the step that was going on.
 */
export async function coach(subject: Subject, config: TrainConfig, options: CoachOptions): Promise<Coached> {
  const { classNames, onStart, onStep, signal } = options;
  const steps: CoachStep[] = [];
  const startedAt = performance.now();
  let searchSeconds = 0;

  async function take<T extends { readonly result: StepResult }>(
    step: CoachStepName,
    run: () => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    onStart?.(step);
    const from = performance.now();
    const taken = await run();
    const seconds = (performance.now() - from) / 1000;
    const done = { step, ...taken.result, seconds };
    steps.push(done);
    searchSeconds = (performance.now() - startedAt) / 1000;
    onStep?.(done);
    return taken;
  }

  const { facts } = await take('initial-loss', () => initialLoss(subject, config));
  await take('overfit-a-little', async () => ({ result: await overfitALittle(subject, config, classNames, signal) }));
  const { learningRate } = await take('learning-rate', () => sweepLearningRate(subject, config, facts, signal));
  const usable = { ...config, learningRate };
  const coarsePlan = searchPlan(subject, config.seed, 1);
  const { best } = await take('coarse-grid', () => searchCoarsely(subject, usable, coarsePlan, signal));
  const plan = searchPlan(subject, config.seed);
  const settings = { started: config, config: usable };
  const proposal = await take('refined-grid', () => searchFinely(subject, settings, best, plan, signal));
  const seconds = searchSeconds;
  const { mistakes } = await take('curves', () => drawCurves(subject, proposal.config, signal));
  const { changes, sentence } = proposal;
  return { steps, proposal: { changes, sentence, seconds }, mistakes };
}
