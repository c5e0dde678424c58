import type { CoachPlot } from '../../contract/coach.ts';
import type { TrainConfig } from '../../contract/training.ts';
import { bestOf, measureSettings, type Measured, type Plan } from './measure.ts';
import { DROPOUTS, drawSettings, SOUND_INITIALISATIONS, successiveHalving } from './search.ts';
import { isSame, type Dials } from './dials.ts';
import { settingWords } from './explain.ts';
import { figure, finite, percent, stepResult, type Found, type StepResult } from './step-result.ts';
import type { Subject } from './subject.ts';

/** Around the rate of the sweep, a decade to each side. */
const RATE_FACTORS = [0.1, 0.32, 1, 3.2, 10];
/** The lecture's, and two that are felt in a run of some hundred steps. */
const DECAYS = [0, 1e-5, 1e-4, 1e-2, 1];

/** "1–5 epochs each"; of a small set so many that each setting takes some steps. */
const GRID_EPOCHS = 5;

/** Where each setting costs a training: the best go on for so many times as long. */
const RANDOM = { longer: 4, eta: 3, decays: [1e-5, 1] } as const;

export interface CoarseGrid {
  readonly result: StepResult;
  readonly best: Measured;
  /** Settings that were tried, the present ones among them. */
  readonly settingCount: number;
}

/** Step 4: learning rate × weight decay, and how hidden layers begin and what they drop, a few epochs each. */
export async function searchCoarsely(
  subject: Subject,
  config: TrainConfig,
  plan: Plan,
  signal?: AbortSignal,
): Promise<CoarseGrid> {
  const { measured, epochs, plot } = subject.isStacked
    ? await searchGrid(subject, config, plan, signal)
    : await searchRandomly(subject, config, plan, signal);
  const { dials } = subject;
  const best = bestOf(measured);
  const own = measured.find((one) => isSame(dials, one.config, config)) as Measured; // as: it is among them
  const found = dials.read(best.config);
  const evidence = {
    summary: `${measured.length} settings, ${epochs} epochs each: best with ${settingWords(dials, best.config)}, ${percent(best.accuracy)}; as configured ${percent(own.accuracy)} (${plan.words}).`,
    numbers: {
      settingCount: measured.length,
      epochs,
      bestAccuracy: best.accuracy,
      bestLearningRate: found.learningRate,
      bestWeightDecay: found.weightDecay,
      ...(found.dropout !== null && { bestDropout: found.dropout }),
      accuracy: own.accuracy,
    },
    plots: [plot(best)],
  };
  return {
    result: stepResult(evidence, best.loss < Infinity ? [] : [noneTrains(measured.length)]),
    best,
    settingCount: measured.length,
  };
}

function noneTrains(settingCount: number): Found {
  const message = `With none of ${settingCount} settings does the loss stay a number. Look at the steps before.`;
  return { verdict: 'fail', code: 'search/none-trains', message };
}

interface Searched {
  readonly measured: readonly Measured[];
  readonly epochs: number;
  readonly plot: (best: Measured) => CoachPlot;
}

async function searchGrid(subject: Subject, config: TrainConfig, plan: Plan, signal?: AbortSignal): Promise<Searched> {
  const epochs = Math.max(GRID_EPOCHS, epochsOf(subject, config, plan));
  const highest = subject.dials.highestRate(config);
  const rates = RATE_FACTORS.map((factor) => config.learningRate * factor).filter((rate) => rate <= highest);
  const decays = [...new Set([...DECAYS, config.weightDecay])].sort((a, b) => a - b);
  const cells = rates.flatMap((learningRate) => decays.map((weightDecay) => ({ learningRate, weightDecay })));
  const configs = cells.map((cell) => ({ ...config, ...cell, epochs, patience: 0 }));
  const measured = await measureSettings(subject, configs, plan, signal);
  return { measured, epochs, plot: (best) => heatMap('Accuracy after a few epochs', measured, best) };
}

async function searchRandomly(
  subject: Subject,
  config: TrainConfig,
  plan: Plan,
  signal?: AbortSignal,
): Promise<Searched> {
  const { dials } = subject;
  const { learningRate, initialisation, dropout } = dials.read(config);
  const { longer, eta, decays } = RANDOM;
  const count = subject.effort.drawn.coarse;
  const fewestEpochs = epochsOf(subject, config, plan);
  const space = {
    learningRate: [learningRate / 10, learningRate * 10],
    weightDecay: decays,
    initialisations: [...new Set([...SOUND_INITIALISATIONS, ...(initialisation ? [initialisation] : [])])],
    dropouts: [...new Set([...DROPOUTS, dropout ?? 0])],
  } as const;
  const rounds = await successiveHalving<Measured>(drawSettings(dials, config, space, { count, round: 0 }), {
    fewestEpochs,
    mostEpochs: longer * fewestEpochs,
    eta,
    compare: (a, b) => b.accuracy - a.accuracy || a.loss - b.loss,
    measure: (configs, epochs) =>
      measureSettings(
        subject,
        configs.map((one) => dials.write({ ...one, patience: 0 }, { epochs })),
        plan,
        signal,
      ),
  });
  const measured = rounds[0]?.measured ?? [];
  const last = rounds.at(-1)?.measured[0];
  // Of the first round, in which all took part alike; the winner is that of the last.
  const ordered =
    last === undefined ? measured : [last, ...measured.filter((one) => !isSame(dials, one.config, last.config))];
  return {
    measured: ordered,
    epochs: fewestEpochs,
    plot: (best) => cloud(dials, 'Random settings, accuracy', ordered, best),
  };
}

/** Epochs of a first look. */
function epochsOf({ effort }: Subject, { batchSize }: TrainConfig, plan: Plan): number {
  const foldRows = plan.repeats[0]?.[0]?.trainingRows.length ?? 1;
  return Math.ceil(effort.coarseSteps / Math.ceil(foldRows / batchSize));
}

/** Accuracy by learning rate (x) and weight decay (y). */
export function heatMap(title: string, measured: readonly Measured[], best: Measured): CoachPlot {
  const sorted = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  const x = sorted(measured.map(({ config }) => config.learningRate));
  const y = sorted(measured.map(({ config }) => config.weightDecay));
  const values = y.map((weightDecay) =>
    x.map((learningRate) => {
      const isHere = ({ config }: Measured) =>
        config.learningRate === learningRate && config.weightDecay === weightDecay;
      const cell = measured.find(isHere);
      return cell === undefined ? null : finite(cell.accuracy);
    }),
  );
  const { learningRate, weightDecay } = best.config;
  return {
    kind: 'heat',
    title,
    xLabel: 'learning rate',
    yLabel: 'weight decay',
    x,
    y,
    values,
    best: { x: learningRate, y: weightDecay },
  };
}

/** The same where the settings lie in no grid; what else was drawn stands beside each. */
export function cloud(dials: Dials, title: string, measured: readonly Measured[], best: Measured): CoachPlot {
  const pointOf = ({ config }: Measured) => {
    const { learningRate, weightDecay } = dials.read(config);
    return { x: learningRate, y: weightDecay };
  };
  return {
    kind: 'points',
    title,
    xLabel: 'learning rate',
    yLabel: 'weight decay',
    isLogX: true,
    isLogY: true,
    points: measured.map((one) => ({ ...pointOf(one), value: finite(one.accuracy), ...noteOf(dials, one.config) })),
    best: pointOf(best),
  };
}

function noteOf({ read }: Dials, config: TrainConfig): { readonly note?: string } {
  const { initialisation, dropout } = read(config);
  const parts = [
    ...(initialisation ? [initialisation] : []),
    ...(dropout === null ? [] : [`dropout ${figure(dropout)}`]),
  ];
  return parts.length === 0 ? {} : { note: parts.join(', ') };
}
