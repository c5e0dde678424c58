import type { TrainConfig } from '../../contract/training.ts';
import { answersOf, searchRows, seedOf } from './measure.ts';
import { settingWords } from './explain.ts';
import {
  capital,
  changesBetween,
  figure,
  finite,
  percent,
  stepResult,
  type Found,
  type StepResult,
} from './step-result.ts';
import { normalQuantile, pairedDifference } from './statistics.ts';
import type { Curve, Subject } from './subject.ts';

/** That another learner does better, and that most of what was learned is lost, is claimed wrongly so often at most. */
const ERROR_PROBABILITY = { other: 0.01, lost: 0.05 };

/** Runs of which the curves are the mean, where they cost little. */
const SEED_COUNT = 3;

/** Half: of what training seems to reach above guessing, the validation pictures see less than this. */
const LARGE_GAP = 0.5;

/** Half-way between guessing and all right: a model that is below that on the very pictures that it learns from is too small. */
const POOR_TRAINING = 0.5;

/** A loss that stays within this share of its start for this share of the epochs was held up. */
const FLAT = { share: 0.05, epochs: 0.1, fewest: 3 };

/** Share by which a loss must fall to count as falling. */
const MOVING = 0.1;

export interface DrawnCurves {
  readonly result: StepResult;
  /** How often each validation row was answered wrong, 0–1, and how it was answered most often. */
  readonly mistakes: readonly { readonly row: number; readonly wrongShare: number; readonly answer: number }[];
}

/** Step 6: training against validation, by the settings that are proposed. */
export async function drawCurves(subject: Subject, config: TrainConfig, signal?: AbortSignal): Promise<DrawnCurves> {
  const { dials, effort } = subject;
  const trainingRows = searchRows(subject, subject.trainingRows, config.seed, effort.curveRows);
  const validationRows = searchRows(subject, subject.validationRows, config.seed, effort.curveRows);
  const seeds = Array.from({ length: subject.isStacked ? SEED_COUNT : 1 }, (_, repeat) => seedOf(config.seed, repeat));
  const rows = { trainingRows, validationRows, wantsScores: true, signal };
  const { epochs: runEpochs } = dials.read(config);
  const epochs = Math.min(effort.epochs, runEpochs);
  const train = (changes: Partial<TrainConfig>) =>
    subject.train(
      seeds.map((seed) => dials.write({ ...config, patience: 0, ...changes, seed }, { epochs })),
      rows,
    );
  const curves = (await train({})).filter(({ isDiverged, scores }) => !isDiverged && scores !== null);
  const mean = meanCurve(curves);
  const last = mean.at(-1);
  if (last === undefined) return { result: noEpoch(subject, config), mistakes: [] };

  const answers = curves.map((curve) => answersOf(curve, subject.classCount) ?? new Uint32Array(0));
  const truth = validationRows.map((row) => subject.labels[row] ?? 0);
  const seen = { mean, answers, truth };
  const overfit = overfitting(subject, config, seen);
  const underfit = overfit === null ? await underfitting(subject, config, seen, rows) : null;
  const shape = [
    flatStart(subject, config, mean),
    epochs < runEpochs ? null : stillClimbing(subject, config, mean, truth.length), // the run itself goes on
  ];
  const plateau = await plateauing(subject, config, mean, async () => meanCurve(await train({ schedule: 'cosine' })));
  const found = [overfit, underfit, ...shape, plateau].filter((one) => one !== null);

  const best = mean.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
  const evidence = {
    summary: `${capital(settingWords(dials, config))}, ${seeds.length === 1 ? 'one run' : `mean of ${seeds.length} runs`}: ${percent(last.trainAccuracy)} of ${trainingRows.length} training pictures right at the end, and at best, in epoch ${best.epoch} of ${last.epoch}, ${percent(best.validationAccuracy)} of ${truth.length} validation pictures.`,
    numbers: {
      trainAccuracy: last.trainAccuracy,
      validationAccuracy: best.validationAccuracy,
      trainLoss: last.trainLoss,
      validationLoss: best.validationLoss,
      bestEpoch: best.epoch,
      epochs: last.epoch,
    },
    plots: (['Accuracy', 'Loss'] as const).map((name) => ({
      kind: 'lines' as const,
      title: name,
      xLabel: 'epoch',
      yLabel: name.toLowerCase(),
      isLogX: false,
      series: (['train', 'validation'] as const).map((split) => ({
        name: split === 'train' ? 'training' : split,
        x: mean.map(({ epoch }) => epoch),
        y: mean.map((point) => finite(point[`${split}${name}`])),
      })),
      marks: [],
    })),
  };
  return { result: stepResult(evidence, found), mistakes: mistakesOf(validationRows, truth, answers) };
}

type Point = Pick<
  Curve['epochs'][number],
  'epoch' | 'trainLoss' | 'trainAccuracy' | 'validationLoss' | 'validationAccuracy'
>;

interface Seen {
  readonly mean: readonly Point[];
  /** By run. */
  readonly answers: readonly Uint32Array[];
  readonly truth: Uint32Array;
}

function overfitting(subject: Subject, config: TrainConfig, { mean, answers, truth }: Seen): Found | null {
  const training = (mean.at(-1) as Point).trainAccuracy; // as: there is an epoch
  const validation = meanOver(answers, (one) => truth.filter((is, at) => one[at] === is).length / truth.length);
  const chance = guessing(truth, subject.classCount);
  const error = Math.sqrt((validation * (1 - validation)) / truth.length);
  const most = validation + normalQuantile(ERROR_PROBABILITY.lost) * error;
  if (most >= chance + (1 - LARGE_GAP) * (training - chance)) return null;
  const message = `Overfitting: ${percent(training)} of the training pictures are right and ${percent(validation)} of the validation pictures (guessing gives ${percent(chance)}). More than half of what was learned holds for the training pictures only. Regularise, vary the pictures, or add more.`;
  const details = { training, validation, chance };
  const actions = subject.remedies(config).regularisation;
  return { verdict: 'fail', code: 'curves/overfitting', message, details, actions };
}

/** No gap, and yet many wrong: the model cannot hold what there is to learn. */
async function underfitting(
  subject: Subject,
  config: TrainConfig,
  { mean, answers, truth }: Seen,
  { trainingRows, validationRows }: { readonly trainingRows: Uint32Array; readonly validationRows: Uint32Array },
): Promise<Found | null> {
  const training = Math.max(...mean.map(({ trainAccuracy }) => trainAccuracy));
  const chance = guessing(truth, subject.classCount);
  const actions = subject.remedies(config).capacity;
  const share = (training - chance) / Math.max(1 - chance, Number.EPSILON);
  const tells = (answer: ArrayLike<number>) => Array.from(truth, (is, at) => (answer[at] === is ? 1 : 0));

  const scores = await subject.secondOpinion?.(trainingRows, validationRows);
  if (scores !== undefined) {
    const others = tells(answersOf({ scores }, subject.classCount) ?? []);
    const runs = answers.map((one) => tells(one));
    const own = others.map((_, at) => meanOver(runs, (run) => run[at] ?? 0));
    const { z } = pairedDifference(others, own);
    const [other, validation] = [meanOver(others, Number), meanOver(own, Number)];
    if (z > normalQuantile(ERROR_PROBABILITY.other)) {
      const message = `Underfitting: ${percent(validation)} of the validation pictures are right, where comparing each with its nearest training pictures gets ${percent(other)} (${figure(z)} standard errors apart). There is more to learn than this model can hold: take a bigger one, or let more of the backbone learn.`;
      const details = { training, validation, other, z };
      return { verdict: 'fail', code: 'curves/underfitting', message, details, actions };
    }
  }
  if (share >= POOR_TRAINING) return null;
  const message = `Underfitting: at best ${percent(training)} of the very pictures that it learns from are right, where guessing gives ${percent(chance)}, and the validation pictures do no worse. Take a bigger model, let more of the backbone learn, or train longer.`;
  return { verdict: 'fail', code: 'curves/underfitting', message, details: { training, chance }, actions };
}

/** A loss that stays where it was and falls later was held up by its start. */
function flatStart(subject: Subject, config: TrainConfig, mean: readonly Point[]): Found | null {
  if (subject.startLoss) return null; // what it begins with has learned before
  const losses = mean.map(({ trainLoss }) => trainLoss);
  const [first = NaN, last = NaN] = [losses[0], losses.at(-1)];
  const flatFor = losses.findIndex((loss) => loss < (1 - FLAT.share) * first);
  if (last > first / 2 || flatFor < Math.max(FLAT.fewest, FLAT.epochs * losses.length)) return null;
  const message = `The loss stands still at ${first.toFixed(3)} for ${flatFor} of ${losses.length} epochs and falls to ${last.toFixed(3)} afterwards: the initial weights hold it up. Initialise by He's rule (ReLU) or Xavier's (tanh), or raise the learning rate.`;
  const details = { epochs: flatFor, first, last };
  const actions = subject.remedies(config).initialisation;
  return { verdict: 'warn', code: 'curves/flat-start', message, details, actions };
}

/** Both the validation loss and its accuracy still get better when the epochs are over. */
function stillClimbing(
  { dials }: Subject,
  config: TrainConfig,
  mean: readonly Point[],
  validationCount: number,
): Found | null {
  const quarter = Math.floor(mean.length / 4);
  if (quarter === 0) return null;
  const [before, after] = [mean.slice(-2 * quarter, -quarter), mean.slice(-quarter)];
  const accuracies = [before, after].map((part) => meanOver(part, ({ validationAccuracy }) => validationAccuracy));
  const losses = [before, after].map((part) => meanOver(part, ({ validationLoss }) => validationLoss));
  const [was = 0, is = 0] = accuracies;
  const [lossBefore = 0, lossAfter = 0] = losses;
  const luck = Math.sqrt((is * (1 - is)) / validationCount);
  if (is - was <= luck || lossAfter >= lossBefore) return null;
  const epochs = Math.min(1000, 2 * dials.read(config).epochs);
  const message = `Validation accuracy still climbs when the epochs are over: ${percent(is)} over the last ${quarter} epochs, ${percent(was)} over those before; its loss fell from ${lossBefore.toFixed(3)} to ${lossAfter.toFixed(3)}. Train longer.`;
  const changes = changesBetween(config, dials.write(config, { epochs }));
  const actions = [{ label: `Train up to ${epochs} epochs`, changes }];
  return { verdict: 'warn', code: 'curves/still-climbing', message, details: { is, was }, actions };
}

/**
 * A training loss that has stopped falling well above 0 may be held up by the rate, or have nothing left to fall to. The same
 * run with a rate that decays tells which.
 */
async function plateauing(
  { dials }: Subject,
  config: TrainConfig,
  mean: readonly Point[],
  decayed: () => Promise<readonly Point[]>,
): Promise<Found | null> {
  const third = Math.floor(mean.length / 3);
  if (third < 2 || (config.schedule ?? dials.schedule) !== 'constant') return null;
  const lossOf = (part: readonly Point[]) => meanOver(part, ({ trainLoss }) => trainLoss);
  const [before, after] = [lossOf(mean.slice(-2 * third, -third)), lossOf(mean.slice(-third))];
  const start = mean[0]?.trainLoss ?? NaN;
  if (after < (1 - MOVING) * before || after < MOVING * start) return null;
  const end = (await decayed()).at(-1);
  const [own, other] = [mean.at(-1), end].map((point) => [point?.trainLoss ?? NaN, point?.validationLoss ?? NaN]);
  const [[loss = NaN, validation = NaN] = [], [decayedLoss = NaN, decayedValidation = NaN] = []] = [own, other];
  if (!(decayedLoss < (1 - MOVING) * loss && decayedValidation < (1 - MOVING) * validation)) return null;
  const message = `The training loss stands at ${loss.toFixed(3)} over the last third of the epochs and the validation loss ends at ${validation.toFixed(3)}; with a rate that decays along a cosine they get to ${decayedLoss.toFixed(3)} and ${decayedValidation.toFixed(3)}. Let the rate decay.`;
  const details = { loss, validation, decayedLoss, decayedValidation };
  const actions = [{ label: 'Let the learning rate decay along a cosine', changes: { schedule: 'cosine' as const } }];
  return { verdict: 'warn', code: 'curves/plateau', message, details, actions };
}

function noEpoch({ dials }: Subject, config: TrainConfig): StepResult {
  const { learningRate } = dials.read(config);
  const message = `No run ended an epoch with a loss that is a number. Take a lower ${dials.rateName} than ${figure(learningRate)}.`;
  const evidence = { summary: message, numbers: {}, plots: [] };
  return stepResult(evidence, [{ verdict: 'fail', code: 'curves/no-epoch', message }]);
}

function mistakesOf(rows: Uint32Array, truth: Uint32Array, answers: readonly Uint32Array[]): DrawnCurves['mistakes'] {
  const all = Array.from(rows, (row, at) => {
    const wrong = answers.flatMap((one) => (one[at] === truth[at] ? [] : [one[at] ?? 0]));
    const count = (answer: number) => wrong.filter((one) => one === answer).length;
    const [answer = 0] = [...wrong].sort((a, b) => count(b) - count(a) || a - b);
    return { row, wrongShare: wrong.length / answers.length, answer };
  });
  return all.filter(({ wrongShare }) => wrongShare > 0).sort((a, b) => b.wrongShare - a.wrongShare || a.row - b.row);
}

/** Epoch by epoch, of runs of the same length. */
function meanCurve(curves: readonly Curve[]): Point[] {
  return (curves[0]?.epochs ?? []).map(({ epoch }, index) => {
    const over = (name: Exclude<keyof Point, 'epoch'>) =>
      meanOver(curves, ({ epochs }) => epochs[index]?.[name] ?? NaN);
    return {
      epoch,
      trainLoss: over('trainLoss'),
      trainAccuracy: over('trainAccuracy'),
      validationLoss: over('validationLoss'),
      validationAccuracy: over('validationAccuracy'),
    };
  });
}

function meanOver<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0) / items.length;
}

/** What answers dealt out by the classes' shares get right: more than 1 / classes where these are of unequal size. */
function guessing(truth: Uint32Array, classCount: number): number {
  const counts = new Uint32Array(classCount);
  for (const label of truth) counts[label] = (counts[label] ?? 0) + 1;
  return counts.reduce((sum, count) => sum + (count / truth.length) ** 2, 0);
}
