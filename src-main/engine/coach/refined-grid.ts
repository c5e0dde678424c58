import type { TrainConfig } from '../../contract/training.ts';
import { cloud, heatMap, isSame } from './coarse-grid.ts';
import { compareSettings, explainChoice, type Comparison } from './explain.ts';
import { bestOf, measureSettings, type Measured, type Plan } from './measure.ts';
import { drawSettings, successiveHalving } from './search.ts';
import { changesBetween, figure, percent, stepResult, type Found, type StepResult } from './step-result.ts';
import type { Subject } from './subject.ts';

/** Half a coarse step to each side, and half of that. */
const RATE_FACTORS = [0.56, 0.75, 1, 1.3, 1.8];
const DECAY_FACTORS = [0.32, 1, 3.2];
/** Around no decay at all: too little to be felt, and a little. */
const SMALL_DECAYS = [0, 1e-3, 3e-2];

/** Where each setting costs a training: a third of a decade around the coarse best, up to so many epochs. */
const RANDOM = { count: 4, eta: 2, fewestEpochs: 4, spread: 2 };

export interface Proposal {
  readonly result: StepResult;
  /** The settings to take: better beyond luck, or those of before. */
  readonly config: TrainConfig;
  readonly changes: Partial<TrainConfig>;
  readonly sentence: string;
}

/**
 * Step 5: around the best of the coarse grid, as long as a run would be. What it finds counts only where it beats the present
 * settings by more than luck.
 *
 * @param started  as configured.
 * @param config   the same, with a rate that can be trained.
 */
export async function searchFinely(
  subject: Subject,
  { started, config }: { readonly started: TrainConfig; readonly config: TrainConfig },
  around: Measured,
  plan: Plan,
  signal?: AbortSignal,
): Promise<Proposal> {
  const measured = subject.isStacked
    ? await measureSettings(subject, gridAround(config, around), plan, signal)
    : await searchRandomly(subject, config, around, plan, signal);
  const baseline = measured.find((one) => isSame(one.config, config)) as Measured; // as: it is among them
  const first = bestOf(measured);
  const best = first.accuracy > baseline.accuracy ? first : baseline; // no change without a reason
  const comparison = compareSettings(best, baseline, measured.length - 1);
  const chosen = comparison.isBetter ? best.config : config;
  const { learningRate, weightDecay } = chosen;
  const changes = changesBetween(started, { ...started, learningRate, weightDecay });
  const sentence = explainChoice(comparison, started, plan.words);
  const title = `Accuracy after up to ${config.epochs} epochs`;
  const evidence = {
    summary: sentence,
    numbers: {
      settingCount: measured.length,
      bestAccuracy: best.accuracy,
      bestLearningRate: best.config.learningRate,
      bestWeightDecay: best.config.weightDecay,
      accuracy: baseline.accuracy,
      standardError: baseline.standardError,
      z: comparison.z,
      threshold: comparison.threshold,
    },
    plots: [subject.isStacked ? heatMap(title, measured, best) : cloud(title, measured, best)],
  };
  const found = comparison.isBetter ? [betterFound(comparison, changes)] : [];
  return { result: stepResult(evidence, found), config: { ...started, ...changes }, changes, sentence };
}

function betterFound({ best, baseline, z }: Comparison, changes: Partial<TrainConfig>): Found {
  const { learningRate, weightDecay } = best.config;
  const label = `Set learning rate ${figure(learningRate)} and weight decay ${figure(weightDecay)}`;
  const message = `${label}: ${percent(best.accuracy)} instead of ${percent(baseline.accuracy)} of the pictures are then right, ${figure(z)} standard errors apart.`;
  const details = { learningRate, weightDecay, accuracy: best.accuracy, before: baseline.accuracy, z };
  return { verdict: 'warn', code: 'search/better-found', message, details, actions: [{ label, changes }] };
}

/** The settings as they are come first. */
function gridAround(config: TrainConfig, { config: { learningRate, weightDecay } }: Measured): TrainConfig[] {
  const decays = weightDecay === 0 ? SMALL_DECAYS : DECAY_FACTORS.map((factor) => Math.min(10, factor * weightDecay));
  const cells = RATE_FACTORS.flatMap((factor) =>
    decays.map((decay) => ({ ...config, learningRate: Math.min(10, factor * learningRate), weightDecay: decay })),
  );
  return [config, ...cells.filter((cell) => !isSame(cell, config))];
}

async function searchRandomly(
  subject: Subject,
  config: TrainConfig,
  { config: { learningRate, weightDecay } }: Measured,
  plan: Plan,
  signal?: AbortSignal,
): Promise<Measured[]> {
  const { count, eta, fewestEpochs, spread } = RANDOM;
  const decay = Math.max(weightDecay, 1e-5);
  const space = {
    learningRate: [learningRate / spread, learningRate * spread],
    weightDecay: [decay / spread, decay * spread],
  } as const;
  const centre = { ...config, learningRate, weightDecay };
  const candidates = drawSettings(centre, space, count, 1);
  const measure = (configs: readonly TrainConfig[], epochs: number) =>
    measureSettings(
      subject,
      configs.map((one) => ({ ...one, epochs })),
      plan,
      signal,
    );
  const compare = (a: Measured, b: Measured) => b.accuracy - a.accuracy || a.loss - b.loss;
  const mostEpochs = config.epochs;
  const rounds = await successiveHalving(candidates, { fewestEpochs, mostEpochs, eta, compare, measure });
  // Only those that were trained as long as the present settings can be held against them.
  const finalists = (rounds.at(-1)?.measured ?? []).filter((one) => !isSame(one.config, config));
  return [...(await measure([config], mostEpochs)), ...finalists];
}
