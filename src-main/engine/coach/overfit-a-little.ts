import type { TrainConfig } from '../../contract/training.ts';
import { sampleRows } from './folds.ts';
import { probeLabels, type LabelProbe } from './label-probe.ts';
import { figure, finite, percent, setRate, stepResult, type Found, type StepResult } from './step-result.ts';
import type { Curve, Subject } from './subject.ts';

/** Pictures a class to learn by heart; where there are many classes, the fewer. */
const PER_CLASS = { few: 5, many: 10, fewFrom: 20 };

/** A loss that is "nearly 0": a tenth of that of knowing nothing. */
const NEARLY_ZERO = 0.1;

/** Tried beside the configured rate, to tell a wrong rate from a model that cannot. */
const OTHER_RATES = [1e-4, 1e-3, 1e-2, 1e-1];

interface OverfitOptions {
  /** Class names. */
  readonly names: readonly string[];
  /** What says whether the labels mean something; null: that was asked before. */
  readonly prober: Subject | null;
  readonly signal?: AbortSignal | undefined;
}

/** Step 2: a few pictures must be learned by heart; and what is learned must be more than that. */
export async function overfitALittle(
  subject: Subject,
  config: TrainConfig,
  { names, prober, signal }: OverfitOptions,
): Promise<StepResult> {
  const { classCount, trainingRows, dials, effort } = subject;
  const { learningRate: ownRate, epochs: runEpochs } = dials.read(config);
  const perClass = classCount > PER_CLASS.fewFrom ? PER_CLASS.few : PER_CLASS.many;
  const rows = sampleRows(subject, trainingRows, perClass, config.seed);
  const runSteps = runEpochs * Math.ceil(trainingRows.length / config.batchSize);
  const steps = Math.min(effort.overfitSteps.most, Math.max(effort.overfitSteps.fewest, runSteps));
  const epochs = Math.ceil(steps / Math.ceil(rows.length / config.batchSize));
  const bare = { ...config, ...BARE };
  const rates = [...new Set([ownRate, ...OTHER_RATES])].filter((rate) => rate <= dials.highestRate(config));
  const isLearned = ({ validationAccuracy, validationLoss }: Pick<Curve, 'validationAccuracy' | 'validationLoss'>) =>
    validationAccuracy === 1 && validationLoss < NEARLY_ZERO * Math.log(classCount);
  const sample = { trainingRows: rows, validationRows: rows, isEnough: isLearned, signal };
  const train = (some: readonly number[]) =>
    subject.train(
      some.map((learningRate) => dials.write(bare, { learningRate, epochs })),
      sample,
    );

  const curves = [...(await train(rates.slice(0, 1)))];
  const own = curves[0] as Curve; // as: one a rate
  if (!isLearned(own)) curves.push(...(await train(rates.slice(1))));
  const working = rates.filter((_, index) => curves[index] !== undefined && isLearned(curves[index]));
  const probe = prober && (await probeLabels(prober, config, signal));

  const best = curves.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
  const unseen = probe ? ` ${unseenWords(probe)}` : '';
  const evidence = {
    summary: `${rows.length} pictures: ${percent(own.validationAccuracy)} right with a loss of ${own.validationLoss.toFixed(4)} after ${own.epochs.length} epochs.${unseen}`,
    numbers: {
      imageCount: rows.length,
      accuracy: own.validationAccuracy,
      loss: finite(own.validationLoss) ?? Number.MAX_VALUE,
      ...(probe && {
        heldOutAccuracy: probe.agreement.accuracy,
        chanceAccuracy: probe.agreement.chance,
        kappa: probe.agreement.kappa,
        pValue: probe.agreement.pValue,
      }),
    },
    plots: [
      {
        kind: 'lines' as const,
        title: `Loss on ${rows.length} pictures learned by heart`,
        xLabel: 'epoch',
        yLabel: 'loss',
        isLogX: false,
        series: curves.map((curve, index) => ({
          name: `rate ${figure(rates[index] ?? 0)}`,
          x: curve.epochs.map(({ epoch }) => epoch),
          y: curve.epochs.map(({ validationLoss }) => finite(validationLoss)),
        })),
        marks: [{ name: `log(${classCount})`, axis: 'y' as const, value: Math.log(classCount) }],
      },
    ],
  };
  const found = [
    ...(isLearned(own) ? [] : [cannotLearn(subject, config, best, working)]),
    ...(probe ? labelFindings(probe, names) : []),
  ];
  return stepResult(evidence, found);
}

function unseenWords({ agreement: { accuracy, chance }, words }: LabelProbe): string {
  return `On pictures that were not seen, ${percent(accuracy)} right where guessing gives ${percent(chance)} (${words}).`;
}

/** Everything off that keeps a model from learning by heart. */
const BARE = {
  weightDecay: 0,
  labelSmoothing: 0,
  balance: 'none',
  schedule: 'constant',
  warmupEpochs: 0,
  emaDecay: 0,
  clipNorm: 0,
  patience: 0,
} as const;

function cannotLearn(subject: Subject, config: TrainConfig, best: Curve, working: readonly number[]): Found {
  const { dials } = subject;
  const { learningRate } = dials.read(config);
  const nearest = [...working].sort(
    (a, b) => Math.abs(Math.log(a / learningRate)) - Math.abs(Math.log(b / learningRate)),
  )[0];
  if (nearest !== undefined) {
    const message = `With a ${dials.rateName} of ${figure(learningRate)} a few pictures cannot be learned by heart, with ${figure(nearest)} they can: the rate is wrong, not the model.`;
    const details = { learningRate, workingRate: nearest };
    return {
      verdict: 'fail',
      code: 'overfit/wrong-rate',
      message,
      details,
      actions: [setRate(dials, config, nearest)],
    };
  }
  const accuracy = best.validationAccuracy;
  const message = `No learning rate tried learns a few pictures by heart: at best ${percent(accuracy)} with a loss of ${best.validationLoss.toFixed(3)}. Either the model is too small for them, or the same picture lies in two classes.`;
  const { capacity } = subject.remedies(config);
  return { verdict: 'fail', code: 'overfit/impossible', message, details: { accuracy }, actions: capacity };
}

function labelFindings({ agreement, meaning, samePairs, words }: LabelProbe, names: readonly string[]): Found[] {
  const { accuracy, chance, pValue, count } = agreement;
  const numbers = `${percent(accuracy)} of ${count} pictures that were not seen, where guessing gives ${percent(chance)}`;
  const details = { accuracy, chance, pValue, count };
  if (meaning === 'none') {
    const message = `The labels say nothing about the pictures: ${numbers} (${words}; p = ${pValue.toFixed(2)}). Labels that mean something would have shown. They were mixed up, or all classes hold the same: look at some pictures of each.`;
    return [{ verdict: 'fail', code: 'labels/meaningless', message, details }];
  }
  const pairs = samePairs.map(({ classes: [a, b], ranking, imageCount }): Found => {
    const [first, second] = [names[a] ?? String(a), names[b] ?? String(b)];
    const message = `"${first}" and "${second}" seem to be one class: of a picture of each, the right one is found in ${percent(ranking)} of cases (${imageCount} pictures; guessing gives 50 %). Merge the two folders, or look whether their pictures are mixed up.`;
    return { verdict: 'fail', code: 'labels/same-class', message, details: { first, second, ranking, imageCount } };
  });
  if (pairs.length > 0 || meaning === 'clear') return pairs;
  const message = `It does not show for sure that the labels mean something: ${numbers} (p = ${pValue.toFixed(2)}). There are too few pictures to tell. Add some to each class.`;
  return [{ verdict: 'warn', code: 'labels/unclear', message, details }];
}
