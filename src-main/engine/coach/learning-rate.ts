import type { TrainConfig } from '../../contract/training.ts';
import type { Dials } from './dials.ts';
import { searchPlan } from './measure.ts';
import { capital, figure, finite, setRate, stepResult, type Found, type StepResult } from './step-result.ts';
import type { Curve, StartFacts, StartLoss, Subject } from './subject.ts';

/** Of a sweep: "which makes the loss fall soon". */
const MOST_EPOCHS = 80;

/** Steps by which a rate must not have made things worse. */
const FIRST_STEPS = 8;

/**
 * A rate is beyond what is stable if it leaves the model as unsure as among this many times the alternatives that it began
 * with: on the training pictures over the first steps, or on those held out at its very best. As for the initial loss, up to that
 * it is noise.
 */
const NEARLY = 1.25;

/** A loss that is below this share of the untrained one has begun to fall. */
const FALLEN = 0.9;

/** Share of the way to half the loss that the run must cover in all its epochs: less than half of it is a slow run. */
const REACH = { warn: 0.5, fail: 0.1 };

export interface Sweep {
  readonly result: StepResult;
  /** The configured rate where it is of use, else the one that is. */
  readonly learningRate: number;
}

/** Step 3: which rates make the loss fall soon, and is the configured one among them. */
export async function sweepLearningRate(
  subject: Subject,
  config: TrainConfig,
  facts: StartFacts,
  signal?: AbortSignal,
): Promise<Sweep> {
  const { dials, effort } = subject;
  const { learningRate: ownRate, epochs: runEpochs } = dials.read(config);
  const [fold = subject] = searchPlan(subject, config.seed, 1).repeats[0] ?? [];
  const { trainingRows } = fold;
  const stepsPerEpoch = Math.ceil(trainingRows.length / config.batchSize);
  const epochs = Math.min(MOST_EPOCHS, Math.max(effort.sweepEpochs, Math.ceil(effort.sweepSteps / stepsPerEpoch)));
  const rates = [...new Set([...effort.rates, ownRate])]
    .filter((rate) => rate <= dials.highestRate(config))
    .sort((a, b) => a - b);
  const short = { ...config, patience: 0, weightDecay: 0, schedule: 'constant' as const, warmupEpochs: 0 };
  const curves = await subject.train(
    rates.map((learningRate) => dials.write(short, { learningRate, epochs })),
    { trainingRows, validationRows: fold.validationRows, signal },
  );
  const learned = await subject.startLoss?.(config, fold);
  const unlearned = Math.max(facts.loss, Math.log(subject.classCount));
  const from = learned ?? { training: unlearned, validation: unlearned };
  const start = from.training;
  const firstEpochs = Math.min(epochs, Math.ceil(FIRST_STEPS / stepsPerEpoch));
  const swept = rates.map((rate, index): SweptRate => {
    const curve = curves[index] as Curve; // as: one a rate
    const losses = curve.epochs.map(({ trainLoss }) => trainLoss);
    const first = losses.slice(0, firstEpochs);
    const firstLoss = curve.isDiverged ? Infinity : first.reduce((sum, loss) => sum + loss, 0) / first.length;
    const lastLoss = curve.isDiverged ? Infinity : (losses.at(-1) ?? Infinity);
    return { rate, firstLoss, lastLoss, validationLoss: curve.validationLoss, isDiverged: curve.isDiverged };
  });
  const run = { config, dials, learningRate: ownRate, runEpochs, epochs, from, hasLearned: learned !== undefined };
  const { found, learningRate, fastest } = judge(swept, run);
  const own = swept.find(({ rate }) => rate === ownRate) as SweptRate; // as: it is among them
  const evidence = {
    summary: `${rates.length} rates, ${epochs} epochs each: the loss falls fastest with ${figure(fastest.rate)}, to ${fastest.lastLoss.toFixed(3)}; with ${figure(ownRate)} it is ${words(own.firstLoss)} over the first steps and ${words(own.lastLoss)} at the end.`,
    numbers: {
      learningRate: ownRate,
      fastestRate: fastest.rate,
      fastestLoss: fastest.lastLoss,
      startLoss: start,
      firstLoss: finite(own.firstLoss) ?? Number.MAX_VALUE,
      lastLoss: finite(own.lastLoss) ?? Number.MAX_VALUE,
      epochs,
    },
    plots: [
      {
        kind: 'lines' as const,
        title: `Training loss after ${epochs} epochs, by learning rate`,
        xLabel: 'learning rate',
        yLabel: 'loss',
        isLogX: true,
        series: [
          { name: 'first steps', x: rates, y: swept.map(({ firstLoss }) => capped(firstLoss, start)) },
          { name: `after ${epochs} epochs`, x: rates, y: swept.map(({ lastLoss }) => capped(lastLoss, start)) },
        ],
        marks: [
          { name: learned ? 'before' : 'untrained', axis: 'y' as const, value: start },
          { name: 'configured', axis: 'x' as const, value: ownRate },
        ],
      },
    ],
  };
  return { result: stepResult(evidence, found), learningRate };
}

interface SweptRate {
  readonly rate: number;
  /** Mean over the first steps, while the weights change. */
  readonly firstLoss: number;
  readonly lastLoss: number;
  readonly validationLoss: number;
  readonly isDiverged: boolean;
}

interface SweptRun {
  readonly config: TrainConfig;
  readonly dials: Dials;
  readonly learningRate: number;
  /** Of the run, and of the sweep. */
  readonly runEpochs: number;
  readonly epochs: number;
  /** Losses before the first step. */
  readonly from: StartLoss;
  /** Whether those are what a head has learned before. */
  readonly hasLearned: boolean;
}

function judge(swept: readonly SweptRate[], run: SweptRun) {
  const { config, dials, learningRate, runEpochs, epochs, from, hasLearned } = run;
  const start = from.training;
  // What a head has learned by heart it may forget again: it is held against what it reaches on pictures that it has not seen.
  const most = Math.max(from.training, from.validation) + Math.log(NEARLY);
  const isStable = ({ firstLoss, validationLoss }: SweptRate) => Math.max(firstLoss, validationLoss) <= most;
  const stable = swept.filter(isStable);
  // A head may have left nothing to fall.
  const falling = stable.filter(({ lastLoss }) => hasLearned || lastLoss < FALLEN * start);
  const fastest = (falling.length > 0 ? falling : swept).reduce((a, b) => (b.lastLoss < a.lastLoss ? b : a));
  // What it is for is pictures not seen: of those that fall, the one that does best there.
  const best = (falling.length > 0 ? falling : swept).reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
  const keep = (found: readonly Found[]) => ({ found, learningRate, fastest });
  const own = swept.find(({ rate }) => rate === learningRate) as SweptRate; // as: it is among them
  const rate = capital(dials.rateName);
  const before = hasLearned ? 'before' : 'untrained';
  if (falling.length === 0) {
    const message = `No learning rate from ${figure(swept[0]?.rate ?? 0)} to ${figure(swept.at(-1)?.rate ?? 0)} makes the loss fall within ${epochs} epochs: it stays at ${fastest.lastLoss.toFixed(3)} (${before}: ${start.toFixed(3)}). Look at the steps before.`;
    return keep([{ verdict: 'fail', code: 'learning-rate/none-learns', message, details: { start } }]);
  }
  if (!isStable(own) && falling.some(({ rate }) => rate < learningRate)) {
    const { firstLoss, validationLoss } = own;
    const details = {
      learningRate,
      firstLoss: finite(firstLoss) ?? Number.MAX_VALUE,
      validationLoss: finite(validationLoss) ?? Number.MAX_VALUE,
      start,
      bestRate: best.rate,
    };
    const worse = hasLearned ? 'what the head alone had reached' : 'knowing nothing';
    const what = own.isDiverged
      ? 'the loss stops being a number'
      : firstLoss > validationLoss
        ? `the loss first rises, to ${firstLoss.toFixed(2)}`
        : `the loss on pictures held out is ${validationLoss.toFixed(2)} at best, worse than ${worse}`;
    const message = `${rate} ${figure(learningRate)} is beyond what is stable: ${what} (${before}: ${start.toFixed(2)}). With ${figure(best.rate)} the loss on pictures held out gets to ${best.validationLoss.toFixed(2)}.`;
    const found: Found = { verdict: 'fail', code: 'learning-rate/too-high', message, details };
    return { found: [{ ...found, actions: [setRate(dials, config, best.rate)] }], learningRate: best.rate, fastest };
  }
  if (hasLearned) return keep([]); // how far it has to go nobody knows: the searches tell whether more would be better
  // The distance that a rate covers grows with rate × epochs.
  const half = falling.find(({ lastLoss }) => lastLoss <= (start + fastest.lastLoss) / 2) ?? fastest;
  const reach = (learningRate * runEpochs) / (half.rate * epochs);
  if (reach < REACH.warn) {
    const message = `${rate} ${figure(learningRate)} is too low: in ${runEpochs} epochs it covers ${percentOf(reach)} of the way on which ${figure(half.rate)} halves the loss. Take ${figure(best.rate)}, or train longer.`;
    const details = { learningRate, reach, bestRate: best.rate };
    const verdict = reach < REACH.fail ? 'fail' : 'warn';
    const found: Found = { verdict, code: 'learning-rate/too-low', message, details };
    return { found: [{ ...found, actions: [setRate(dials, config, best.rate)] }], learningRate: best.rate, fastest };
  }
  return keep([]);
}

function percentOf(share: number): string {
  return `${figure(100 * share)} %`;
}

function words(loss: number): string {
  return Number.isFinite(loss) ? loss.toFixed(3) : 'no number any more';
}

/** Losses far above the start would flatten everything that matters in the plot. */
function capped(loss: number, start: number): number | null {
  return Number.isFinite(loss) ? Math.min(loss, 2 * start) : null;
}
