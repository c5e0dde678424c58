import type { TrainConfig } from '../../contract/training.ts';
import { cloud, heatMap, type CoarseGrid } from './coarse-grid.ts';
import { HEAD_DIALS, isSame, withSearched, type Dials } from './dials.ts';
import { compareSettings, explainChoice, settingWords, type Comparison } from './explain.ts';
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
const RANDOM = { eta: 2, fewestEpochs: 4, spread: 2, dropoutStep: 0.1, mostDropout: 0.8 };

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
  around: Pick<CoarseGrid, 'best' | 'settingCount'>,
  plan: Plan,
  signal?: AbortSignal,
): Promise<Proposal> {
  const measured = subject.isStacked
    ? await measureSettings(subject, gridAround(config, around.best), plan, signal)
    : await searchRandomly(subject, config, around.best, plan, signal);
  const { dials } = subject;
  const baseline = measured.find((one) => isSame(dials, one.config, config)) as Measured; // as: it is among them
  const first = bestOf(measured);
  const best = first.accuracy > baseline.accuracy ? first : baseline; // no change without a reason
  // Of a random search only finalists are left here, picked by the same pictures among all that were drawn.
  const settingCount =
    (subject.isStacked ? measured.length : around.settingCount + subject.effort.drawn.refined - 1) - 1;
  const comparison = compareSettings(best, baseline, settingCount);
  const chosen = comparison.isBetter ? best.config : config;
  const proposed = withSearched(dials, started, chosen);
  const changes = changesBetween(started, proposed);
  const sentence = explainChoice(dials, comparison, started, plan.words);
  const title = `Accuracy after up to ${searchEpochs(subject, config)} epochs`;
  const found = dials.read(best.config);
  const evidence = {
    summary: sentence,
    numbers: {
      settingCount: settingCount + 1,
      bestAccuracy: best.accuracy,
      bestLearningRate: found.learningRate,
      bestWeightDecay: found.weightDecay,
      ...(found.dropout !== null && { bestDropout: found.dropout }),
      accuracy: baseline.accuracy,
      standardError: baseline.standardError,
      z: comparison.z,
      threshold: comparison.threshold,
    },
    plots: [subject.isStacked ? heatMap(title, measured, best) : cloud(dials, title, measured, best)],
  };
  const better = comparison.isBetter ? [betterFound(dials, comparison, changes)] : [];
  return { result: stepResult(evidence, better), config: proposed, changes, sentence };
}

function betterFound(dials: Dials, { best, baseline, z }: Comparison, changes: Partial<TrainConfig>): Found {
  const { learningRate, weightDecay, initialisation, dropout } = dials.read(best.config);
  const label = `Set ${settingWords(dials, best.config)}`;
  const message = `${label}: ${percent(best.accuracy)} instead of ${percent(baseline.accuracy)} of the pictures are then right, ${figure(z)} standard errors apart.`;
  const layers = { ...(initialisation && { initialisation }), ...(dropout !== null && { dropout }) };
  const details = { learningRate, weightDecay, ...layers, accuracy: best.accuracy, before: baseline.accuracy, z };
  return { verdict: 'warn', code: 'search/better-found', message, details, actions: [{ label, changes }] };
}

/** The settings as they are come first. */
function gridAround(config: TrainConfig, { config: { learningRate, weightDecay } }: Measured): TrainConfig[] {
  const decays = weightDecay === 0 ? SMALL_DECAYS : DECAY_FACTORS.map((factor) => Math.min(10, factor * weightDecay));
  const cells = RATE_FACTORS.flatMap((factor) =>
    decays.map((decay) => ({ ...config, learningRate: Math.min(10, factor * learningRate), weightDecay: decay })),
  );
  return [config, ...cells.filter((cell) => !isSame(HEAD_DIALS, cell, config))];
}

async function searchRandomly(
  subject: Subject,
  config: TrainConfig,
  { config: coarse }: Measured,
  plan: Plan,
  signal?: AbortSignal,
): Promise<Measured[]> {
  const { dials } = subject;
  const count = subject.effort.drawn.refined;
  const { eta, fewestEpochs, spread, dropoutStep, mostDropout } = RANDOM;
  const centre = withSearched(dials, config, coarse);
  const { learningRate, weightDecay, initialisation, dropout } = dials.read(centre);
  const present = dials.read(config);
  const decay = Math.max(weightDecay, 1e-5);
  const around = dropout ?? 0;
  const space = {
    learningRate: [learningRate / spread, learningRate * spread],
    weightDecay: [decay / spread, decay * spread],
    initialisations: [...new Set([initialisation, present.initialisation])].filter((one) => one !== null),
    dropouts: [Math.max(0, around - dropoutStep), around, Math.min(mostDropout, around + dropoutStep)],
  } as const;
  const candidates = drawSettings(dials, centre, space, { count, round: 1 });
  const measure = (configs: readonly TrainConfig[], epochs: number) =>
    measureSettings(
      subject,
      configs.map((one) => dials.write(one, { epochs })),
      plan,
      signal,
    );
  const compare = (a: Measured, b: Measured) => b.accuracy - a.accuracy || a.loss - b.loss;
  const mostEpochs = searchEpochs(subject, config);
  const rounds = await successiveHalving(candidates, { fewestEpochs, mostEpochs, eta, compare, measure });
  const last = rounds.at(-1);
  const finalists = (last?.measured ?? []).filter((one) => !isSame(dials, one.config, config));
  // Only those that are trained as long as the present settings can be held against them.
  if (last?.epochs === mostEpochs) return [...(await measure([config], mostEpochs)), ...finalists];
  return measure([config, ...finalists.map((one) => one.config)], mostEpochs);
}

/** As long as a run would be, as far as that can be borne. */
function searchEpochs({ dials, effort }: Subject, config: TrainConfig): number {
  return Math.min(effort.epochs, dials.read(config).epochs);
}
