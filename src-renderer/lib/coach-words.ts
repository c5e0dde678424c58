/** What the coach says, in the language that holds. Its own sentences are English; codes and numbers are worded here. */
import type {
  Advice,
  CoachAction,
  CoachProposal,
  CoachStep,
  CoachStepName,
  Verdict,
} from '../../src-main/contract/coach.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import { m } from '../paraglide/messages.js';
import { changeRows } from './coach-changes.ts';
import { formatDecimal, formatPercent, formatPoints } from './format.ts';
import { count, decimal } from './words.ts';

const STEPS: Readonly<Record<CoachStepName, readonly [name: () => string, question: () => string]>> = {
  'initial-loss': [m.coach_step_initial_loss, m.coach_wait_initial_loss],
  'overfit-a-little': [m.coach_step_overfit, m.coach_wait_overfit],
  'learning-rate': [m.coach_step_rate, m.coach_wait_rate],
  'coarse-grid': [m.coach_step_coarse, m.coach_wait_coarse],
  'refined-grid': [m.coach_step_refined, m.coach_wait_refined],
  curves: [m.coach_step_curves, m.coach_wait_curves],
};

export const stepName = (step: CoachStepName): string => STEPS[step][0]();
/** What the step finds out. */
export const stepQuestion = (step: CoachStepName): string => STEPS[step][1]();

export function verdictName(verdict: Verdict): string {
  return { pass: m.verdict_pass, warn: m.verdict_warn, fail: m.verdict_fail }[verdict]();
}

/** Two digits that count, as the coach's own sentences have them. */
export const rate = (value: number): string => decimal(Number(value.toPrecision(2)));

type Numbers = Readonly<Record<string, string | number>>;
/** Reads a figure by name. What is text, or no number at all, is shown as a dash. */
type Figure = (name: string) => number;

function figureOf(numbers: Numbers): Figure {
  return (name) => {
    const value = numbers[name];
    return typeof value === 'number' && value < Number.MAX_VALUE ? value : NaN;
  };
}

const share = (value: number): string => (Number.isFinite(value) ? formatPercent(value) : '–');

const EVIDENCE: Readonly<Record<CoachStepName, (n: Figure) => string>> = {
  'initial-loss': (n) =>
    m.evidence_initial_loss({ loss: formatDecimal(n('loss')), expected: formatDecimal(n('expected')) }),
  'overfit-a-little': (n) =>
    m.evidence_overfit({
      count: count(n('imageCount')),
      accuracy: share(n('accuracy')),
      loss: formatDecimal(n('loss')),
      heldOut: share(n('heldOutAccuracy')),
      chance: share(n('chanceAccuracy')),
    }),
  'learning-rate': (n) =>
    m.evidence_rate({
      epochs: count(n('epochs')),
      fastest: rate(n('fastestRate')),
      fastestLoss: formatDecimal(n('fastestLoss')),
      rate: rate(n('learningRate')),
      lastLoss: formatDecimal(n('lastLoss')),
    }),
  'coarse-grid': (n) => m.evidence_coarse({ ...bestWords(n), epochs: count(n('epochs')) }),
  'refined-grid': (n) => m.evidence_refined({ ...bestWords(n), error: formatPoints(n('standardError')) }),
  curves: (n) =>
    m.evidence_curves({
      training: share(n('trainAccuracy')),
      validation: share(n('validationAccuracy')),
      epoch: count(n('bestEpoch')),
      epochs: count(n('epochs')),
    }),
};

function bestWords(n: Figure): { count: string; rate: string; decay: string; best: string; own: string } {
  return {
    count: count(n('settingCount')),
    rate: rate(n('bestLearningRate')),
    decay: rate(n('bestWeightDecay')),
    best: share(n('bestAccuracy')),
    own: share(n('accuracy')),
  };
}

/** One sentence of how a step was measured, with its numbers; the coach's own where there is nothing else. */
export function evidenceWords({ step, evidence, advice }: Pick<CoachStep, 'step' | 'evidence' | 'advice'>): string {
  if (Object.keys(evidence.numbers).length > 0) return EVIDENCE[step](figureOf(evidence.numbers));
  return advice[0] === undefined ? evidence.summary : adviceWords(advice[0]);
}

const FINDINGS: Readonly<Record<Advice['code'], (n: Figure, text: (name: string) => string) => string>> = {
  'initial-loss/high': (n) =>
    m.finding_loss_high({ loss: formatDecimal(n('loss')), expected: formatDecimal(n('expected')) }),
  'initial-loss/low': (n) =>
    m.finding_loss_low({ loss: formatDecimal(n('loss')), expected: formatDecimal(n('expected')) }),
  'initial-loss/twin-units': (n, text) => m.finding_twin_units({ layer: text('layer'), share: share(n('share')) }),
  'initial-loss/dead-layer': (_, text) => m.finding_dead_layer({ layer: text('layer') }),
  'initial-loss/dead-units': (n, text) => m.finding_dead_units({ layer: text('layer'), share: share(n('share')) }),
  'overfit/impossible': (n) => m.finding_impossible({ accuracy: share(n('accuracy')) }),
  'overfit/wrong-rate': (n) => m.finding_wrong_rate({ rate: rate(n('learningRate')), working: rate(n('workingRate')) }),
  'labels/meaningless': (n) => m.finding_meaningless(labelWords(n)),
  'labels/unclear': (n) => m.finding_unclear(labelWords(n)),
  'labels/same-class': (n, text) =>
    m.finding_same_class({ first: text('first'), second: text('second'), ranking: share(n('ranking')) }),
  'learning-rate/too-high': (n) => m.finding_rate_high({ rate: rate(n('learningRate')), best: rate(n('bestRate')) }),
  'learning-rate/too-low': (n) => m.finding_rate_low({ rate: rate(n('learningRate')), best: rate(n('bestRate')) }),
  'learning-rate/none-learns': (n) => m.finding_rate_none({ start: formatDecimal(n('start')) }),
  'search/better-found': (n) =>
    m.finding_better({
      rate: rate(n('learningRate')),
      decay: rate(n('weightDecay')),
      accuracy: share(n('accuracy')),
      before: share(n('before')),
      z: n('z').toFixed(1),
    }),
  'search/none-trains': () => m.finding_none_trains(),
  'curves/overfitting': (n) =>
    m.finding_overfitting({ training: share(n('training')), validation: share(n('validation')) }),
  'curves/underfitting': () => m.finding_underfitting(),
  'curves/flat-start': (n) =>
    m.finding_flat_start({
      epochs: count(n('epochs')),
      first: formatDecimal(n('first')),
      last: formatDecimal(n('last')),
    }),
  'curves/still-climbing': (n) => m.finding_climbing({ was: share(n('was')), is: share(n('is')) }),
  'curves/plateau': (n) =>
    m.finding_plateau({
      validation: formatDecimal(n('validation')),
      decayed: formatDecimal(n('decayedValidation')),
    }),
  'curves/no-epoch': () => m.finding_no_epoch(),
};

function labelWords(n: Figure): { accuracy: string; count: string; chance: string } {
  return { accuracy: share(n('accuracy')), count: count(n('count')), chance: share(n('chance')) };
}

/** What was found, by which numbers, and what helps. */
export function adviceWords({ code, details }: Advice): string {
  return FINDINGS[code](figureOf(details), (name) => String(details[name] ?? '–'));
}

/** "Learning rate: 0.003 → 0.001"; the coach's own words for what is not one value. */
export function actionWords({ label, changes }: CoachAction, config: TrainConfig): string {
  const rows = changeRows(changes, config);
  return rows.every(({ to }) => to !== '') ? rows.map(changeWords).join(', ') : label;
}

function changeWords({ name, from, to }: ReturnType<typeof changeRows>[number]): string {
  return m.coach_from_to({ name, from, to });
}

/** Why these settings are proposed: the numbers of the refined grid. Null before that step has ended. */
export function proposalWords({ changes }: CoachProposal, steps: readonly CoachStep[]): string | null {
  const refined = steps.find(({ step }) => step === 'refined-grid');
  if (refined === undefined) return null;
  const n = figureOf(refined.evidence.numbers);
  const own = { accuracy: share(n('accuracy')), error: formatPoints(n('standardError')) };
  if (Object.keys(changes).length === 0) return m.coach_keep({ ...own, count: count(n('settingCount') - 1) });
  if (!(n('z') > n('threshold'))) return m.coach_usable(own);
  return m.coach_better({
    accuracy: share(n('bestAccuracy')),
    before: own.accuracy,
    z: n('z').toFixed(1),
    threshold: n('threshold').toFixed(1),
  });
}
