/**
 * The lecture's six steps, one after another, each with a verdict, its evidence and what can be done.
 *
 * Context: a search over settings finds the luckiest ones, and a check of the same pictures then believes in them. Choice:
 * searches check on the training split alone, by cross-validation or on a part held out, and a proposal has to beat the present settings by more than
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
import type { Dials } from './dials.ts';
import { isChange, joined, type StepResult } from './step-result.ts';
import type { Subject } from './subject.ts';

export interface Coached {
  readonly steps: readonly CoachStep[];
  readonly proposal: CoachProposal;
  readonly mistakes: DrawnCurves['mistakes'];
}

interface CoachOptions {
  /** Names of the classes, for the advice. */
  readonly classNames: readonly string[];
  /** The head on the same pictures, where `subject` is a fine-tuning. */
  readonly head?: Subject;
  /** Called before each step. */
  readonly onStart?: (step: CoachStepName) => void;
  /** Called after each step. */
  readonly onStep?: (step: CoachStep) => void;
  readonly signal?: AbortSignal;
}

/**
 * Examines a run before it is started. Needs a tfjs backend; equal seeds give equal reports on the CPU, seconds apart.
 *
 * A head that fine-tuning begins with is examined in the steps before the searches, which then look for what fine-tuning wants:
 * the two share their settings but for the rate, and what fine-tuning leaves is what the run leaves. Whether labels mean
 * something a head tells in seconds.
 *
 * @param subject  what the run leaves.
 * @throws the signal's reason on an abort, after the step that was going on.
 */
export async function coach(subject: Subject, config: TrainConfig, options: CoachOptions): Promise<Coached> {
  const { classNames: names, head, onStart, onStep, signal } = options;
  const first = head && subject.startLoss ? head : null;
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
    const { result } = taken;
    const actions = result.actions.filter(({ changes }) => isChange(config, changes));
    const done = { step, ...result, actions, seconds };
    steps.push(done);
    searchSeconds = (performance.now() - startedAt) / 1000;
    onStep?.(done);
    return taken;
  }

  const { facts, sweep, base } = await take('initial-loss', async () => {
    const start = first && (await initialLoss(first, config));
    // Swept now, since fine-tuning can be looked at only behind a head that can be trained.
    const sweep = start && first && (await sweepLearningRate(first, config, start.facts, signal));
    const base = sweep && first ? withRate(first.dials, config, sweep.learningRate) : config;
    const own = await initialLoss(subject, base);
    return { facts: own.facts, sweep, base, result: joined(subject, own.result, { head: start?.result ?? null }) };
  });
  await take('overfit-a-little', async () => {
    const prober = head ?? subject;
    const start = first && (await overfitALittle(first, base, { names, prober, signal }));
    const own = await overfitALittle(subject, base, { names, prober: first ? null : prober, signal });
    return { result: joined(subject, own, { head: start }) };
  });
  const { learningRate } = await take('learning-rate', async () => {
    const own = await sweepLearningRate(subject, base, facts, signal);
    return { ...own, result: joined(subject, own.result, { head: sweep?.result ?? null, isSearch: true }) };
  });
  const usable = withRate(subject.dials, base, learningRate);
  const coarsePlan = searchPlan(subject, config.seed, 1);
  const coarse = await take('coarse-grid', async () => {
    const found = await searchCoarsely(subject, usable, coarsePlan, signal);
    return { ...found, result: joined(subject, found.result, { isSearch: true }) };
  });
  const plan = searchPlan(subject, config.seed);
  const settings = { started: config, config: usable };
  const proposal = await take('refined-grid', async () => {
    const found = await searchFinely(subject, settings, coarse, plan, signal);
    return { ...found, result: joined(subject, found.result, { isSearch: true }) };
  });
  const seconds = searchSeconds;
  const { mistakes } = await take('curves', async () => {
    const drawn = await drawCurves(subject, proposal.config, signal);
    return { ...drawn, result: joined(subject, drawn.result) };
  });
  const { changes, sentence } = proposal;
  return { steps, proposal: { changes, sentence, seconds }, mistakes };
}

function withRate({ read, write }: Dials, config: TrainConfig, learningRate: number): TrainConfig {
  return read(config).learningRate === learningRate ? config : write(config, { learningRate });
}
