import { z } from 'zod';
import { DEFAULT_TRAIN_CONFIG, trainConfig, type TrainConfig } from './training.ts';

/** The six steps of "Hyper-parameters in six steps", in their order. */
export const COACH_STEPS = [
  'initial-loss',
  'overfit-a-little',
  'learning-rate',
  'coarse-grid',
  'refined-grid',
  'curves',
] as const;
export const coachStepName = z.enum(COACH_STEPS);
export type CoachStepName = z.infer<typeof coachStepName>;

/** `fail`: a run with these settings is not worth its time. `warn`: it is, but something would make it better. */
export const verdict = z.enum(['pass', 'warn', 'fail']);
export type Verdict = z.infer<typeof verdict>;

/** Everything that the coach can find, by code, so that another language can word it from the details. */
export const FINDINGS = [
  'initial-loss/high',
  'initial-loss/low',
  'initial-loss/twin-units',
  'initial-loss/dead-layer',
  'initial-loss/dead-units',
  'overfit/impossible',
  'overfit/wrong-rate',
  'labels/meaningless',
  'labels/unclear',
  'labels/same-class',
  'learning-rate/too-high',
  'learning-rate/too-low',
  'learning-rate/none-learns',
  'search/better-found',
  'search/none-trains',
  'curves/overfitting',
  'curves/underfitting',
  'curves/flat-start',
  'curves/still-climbing',
  'curves/plateau',
  'curves/no-epoch',
] as const;
export const finding = z.enum(FINDINGS);
export type Finding = z.infer<typeof finding>;

/** Some of the settings. Not `trainConfig.partial()`, which fills in the defaults of what is absent. */
export const settingChanges = z.custom<Partial<TrainConfig>>(
  (value) => trainConfig.safeParse(Object.assign({}, DEFAULT_TRAIN_CONFIG, value)).success,
  'Each setting must be in its range',
);

/** A change of the run's settings that can be applied. */
export const coachAction = z.object({ label: z.string(), changes: settingChanges });
export type CoachAction = z.infer<typeof coachAction>;

export const advice = z.object({
  code: finding,
  /** What was found, by which numbers, and what helps. */
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type Advice = z.infer<typeof advice>;

/** A picture of the evidence. Null stands for what is no number: a loss that diverged. */
export const coachPlot = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('lines'),
    title: z.string(),
    xLabel: z.string(),
    yLabel: z.string(),
    isLogX: z.boolean(),
    series: z.array(z.object({ name: z.string(), x: z.array(z.number()), y: z.array(z.number().nullable()) })),
    /** Values of x or y that are drawn as a line of their own, such as log(classes). */
    marks: z.array(z.object({ name: z.string(), axis: z.enum(['x', 'y']), value: z.number() })),
  }),
  z.object({
    kind: z.literal('heat'),
    title: z.string(),
    xLabel: z.string(),
    yLabel: z.string(),
    x: z.array(z.number()),
    y: z.array(z.number()),
    /** By y, then by x. */
    values: z.array(z.array(z.number().nullable())),
    /** The cell that was chosen. */
    best: z.object({ x: z.number(), y: z.number() }),
  }),
  z.object({
    kind: z.literal('points'),
    title: z.string(),
    xLabel: z.string(),
    yLabel: z.string(),
    isLogX: z.boolean(),
    isLogY: z.boolean(),
    /** `value` colours the point; `note` says what else it differs in: "he, dropout 0.2". */
    points: z.array(
      z.object({ x: z.number(), y: z.number(), value: z.number().nullable(), note: z.string().optional() }),
    ),
    best: z.object({ x: z.number(), y: z.number() }),
  }),
]);
export type CoachPlot = z.infer<typeof coachPlot>;

export const coachStep = z.object({
  step: coachStepName,
  verdict,
  evidence: z.object({
    /** One sentence that says how it was measured, with its numbers. */
    summary: z.string(),
    numbers: z.record(z.string(), z.number()),
    plots: z.array(coachPlot),
  }),
  /** Empty where the step passed without a word. */
  advice: z.array(advice),
  actions: z.array(coachAction),
  seconds: z.number(),
});
export type CoachStep = z.infer<typeof coachStep>;

export const coachProposal = z.object({
  /** Empty where the settings stay as they are. */
  changes: settingChanges,
  /** The choice in one sentence, with its numbers. */
  sentence: z.string(),
  seconds: z.number(),
});
export type CoachProposal = z.infer<typeof coachProposal>;

/** What a run's report keeps of the coach that examined it first. Its settings were not changed. */
export const coachSummary = z.object({
  steps: z.array(coachStep.pick({ step: true, verdict: true, advice: true })),
  proposal: coachProposal,
});
export type CoachSummary = z.infer<typeof coachSummary>;

/** A validation picture that the proposal gets wrong. */
export const coachMistake = z.object({
  id: z.string(),
  /** Relative to the dataset folder. */
  path: z.string(),
  truth: z.string(),
  predicted: z.string(),
  /** Share of the seeds that get it wrong. */
  wrongShare: z.number(),
});
export type CoachMistake = z.infer<typeof coachMistake>;

/** `coach.json`. */
export const coachReport = z.object({
  /** All six. */
  steps: z.array(coachStep),
  proposal: coachProposal,
  /** The settings that were examined. */
  config: trainConfig,
  backbone: z.string(),
  classes: z.array(z.string()),
  counts: z.object({ training: z.int(), validation: z.int() }),
  /** Those most often wrong first. */
  mistakes: z.array(coachMistake),
  seconds: z.number(),
});
export type CoachReport = z.infer<typeof coachReport>;
