/** What the labels say of pictures that a model has not seen: nothing, where they were shuffled or classes are the same. */
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../contract/training.ts';
import { byClass } from './folds.ts';
import { answersOf, searchPlan } from './measure.ts';
import { agreement, normalQuantile, normalTail, type Agreement } from './statistics.ts';
import type { Subject } from './subject.ts';

/** That labels mean something, or that they are of no use, is claimed wrongly with these probabilities at most. */
const ERROR_PROBABILITY = { clear: 0.01, none: 0.002 };

/** With fewer pictures of a class, a real but fine difference may not have been learned yet: then nothing is claimed. */
const FEWEST_PER_CLASS = 30;

/** Agreement below which labels are of no use: Cohen's kappa of 0.3 is 65 % right of two classes of one size. */
const USEFUL_KAPPA = 0.3;

/** The same for a pair: of a picture of each, the right one looks more like its class in 70 % of cases. */
const USEFUL_RANKING = 0.7;

/** Epochs without a better loss that the plain model is borne. */
const PATIENCE = 10;

/** Pairs that a probe of their own confirms, at most. */
const MOST_PAIRS = 20;

export type Meaning = 'clear' | 'unclear' | 'none';

export interface ClassPair {
  readonly classes: readonly [number, number];
  /** Probability that of a picture of each class the right one scores higher: 0.5 is guessing. */
  readonly ranking: number;
  readonly imageCount: number;
}

export interface LabelProbe {
  readonly agreement: Agreement;
  readonly meaning: Meaning;
  /** Classes that cannot be told apart, by what they contain, among pictures enough to say so. */
  readonly samePairs: readonly ClassPair[];
  readonly words: string;
}

interface Scored {
  readonly rows: Uint32Array;
  /** [rows, classes] */
  readonly scores: Float32Array;
}

/**
 * Trains a plain model, classes weighing alike, and looks at answers for pictures that it has not seen. Where another kind of
 * learner has an opinion, labels mean nothing only if that one finds nothing either.
 */
export async function probeLabels(subject: Subject, config: TrainConfig, signal?: AbortSignal): Promise<LabelProbe> {
  const { labels, classCount } = subject;
  const plan = searchPlan(subject, config.seed, 1);
  const folds = plan.repeats[0] ?? [];
  const learners: Scored[][] = [[], []];
  for (const { trainingRows, validationRows } of folds) {
    const [curve] = await subject.train([plainConfig(subject, config)], {
      trainingRows,
      validationRows,
      wantsScores: true,
      signal,
    });
    if (curve?.scores) learners[0]?.push({ rows: validationRows, scores: curve.scores });
    const other = await subject.secondOpinion?.(trainingRows, validationRows);
    if (other) learners[1]?.push({ rows: validationRows, scores: other });
  }
  const opinions = learners.flatMap((scored) => {
    if (scored.length === 0) return [];
    const groups = scored.map(({ rows, scores }) => ({
      truth: rows.map((row) => labels[row] ?? 0),
      answers: answersOf({ scores }, classCount) ?? [],
    }));
    return [agreement(groups, classCount)];
  });
  const isEnough = byClass(labels, subject.trainingRows).every(([, members]) => members.length >= FEWEST_PER_CLASS);
  const meanings = opinions.map((opinion) => meaningOf(opinion, isEnough));
  const best = opinions.reduce((a, b) => (b.kappa > a.kappa ? b : a), opinions[0] ?? NOTHING);
  const meaning = meanings.includes('clear') ? 'clear' : meanings.every((is) => is === 'none') ? 'none' : 'unclear';
  const isWhole = meaning === 'none' || opinions.length === 0;
  return {
    agreement: best,
    meaning: opinions.length === 0 ? 'unclear' : meaning,
    samePairs: isWhole ? [] : await samePairs(subject, config, learners, signal),
    words: plan.words,
  };
}

const NOTHING: Agreement = { count: 0, accuracy: 0, chance: 0, kappa: 0, standardError: 0, pValue: 1 };

/** Settings under which a model of this kind learns whatever there is to learn. */
function plainConfig({ dials }: Subject, config: TrainConfig): TrainConfig {
  const { learningRate, weightDecay, epochs } = DEFAULT_TRAIN_CONFIG;
  const plain = { learningRate, weightDecay, labelSmoothing: 0, warmupEpochs: 0, balance: 'weights' as const };
  return dials.write({ ...config, ...plain, patience: PATIENCE }, { epochs });
}

function meaningOf({ kappa, standardError, pValue }: Agreement, isEnough: boolean): Meaning {
  if (pValue < ERROR_PROBABILITY.clear) return 'clear';
  if (!isEnough || standardError === 0) return 'unclear'; // all answers are the same: the learner, not the labels, says nothing
  return kappa + normalQuantile(ERROR_PROBABILITY.none) * standardError < USEFUL_KAPPA ? 'none' : 'unclear';
}

/** Pairs that no learner tells apart, each confirmed by a model that sees nothing but the two. */
async function samePairs(
  subject: Subject,
  config: TrainConfig,
  learners: readonly (readonly Scored[])[],
  signal?: AbortSignal,
): Promise<ClassPair[]> {
  const { classCount, labels } = subject;
  const suspects: ClassPair[] = [];
  const large = byClass(labels, subject.trainingRows).filter(([, members]) => members.length >= FEWEST_PER_CLASS);
  for (const [index, [first]] of large.entries()) {
    for (const [second] of large.slice(index + 1)) {
      const rankings = learners
        .filter((scored) => scored.length > 0)
        .map((scored) => rankPair(scored, subject, [first, second]));
      const highest = rankings.reduce<Ranking | null>((a, b) => (a && a.share >= b.share ? a : b), null);
      if (highest && rankings.every(isSame))
        suspects.push({ classes: [first, second], ranking: highest.share, imageCount: highest.imageCount });
    }
  }
  suspects.sort((a, b) => a.ranking - b.ranking);
  if (classCount === 2) return suspects; // the probe has seen nothing but the two
  const confirmed: ClassPair[] = [];
  for (const suspect of suspects.slice(0, MOST_PAIRS)) {
    const isOfPair = (row: number) => suspect.classes.includes(labels[row] ?? -1);
    const pair = {
      ...subject,
      trainingRows: subject.trainingRows.filter(isOfPair),
      validationRows: subject.validationRows.filter(isOfPair),
    };
    const scored: Scored[] = [];
    for (const { trainingRows, validationRows } of searchPlan(pair, config.seed + 1, 1).repeats[0] ?? []) {
      const options = { trainingRows, validationRows, wantsScores: true, signal };
      const [curve] = await subject.train([plainConfig(subject, config)], options);
      if (curve?.scores) scored.push({ rows: validationRows, scores: curve.scores });
    }
    const ranking = rankPair(scored, subject, suspect.classes);
    if (isSame(ranking)) confirmed.push({ ...suspect, ranking: Math.max(suspect.ranking, ranking.share) });
  }
  return confirmed;
}

interface Ranking {
  readonly share: number;
  readonly standardError: number;
  readonly imageCount: number;
}

/**
 * How well scores rank the pictures of two classes: the share of (first, second) pairs in the right order, ties by half, within
 * each fold; its standard error where there is nothing to tell.
 *
 * @see Mann & Whitney 1947, "On a test of whether one of two random variables is stochastically larger than the other".
 */
function rankPair(
  scored: readonly Scored[],
  { labels, classCount }: Pick<Subject, 'labels' | 'classCount'>,
  [first, second]: readonly [number, number],
): Ranking {
  let [right, pairCount, variance, imageCount] = [0, 0, 0, 0];
  for (const { rows, scores } of scored) {
    const lead = (label: number) =>
      Array.from(rows, (row, at) => [row, at] as const)
        .filter(([row]) => labels[row] === label)
        .map(([, at]) => (scores[at * classCount + first] ?? 0) - (scores[at * classCount + second] ?? 0));
    const [a, b] = [lead(first), lead(second)];
    for (const high of a) for (const low of b) right += high > low ? 1 : high === low ? 0.5 : 0;
    pairCount += a.length * b.length;
    variance += (a.length * b.length * (a.length + b.length + 1)) / 12;
    imageCount += a.length + b.length;
  }
  if (pairCount === 0) return { share: 1, standardError: 0, imageCount };
  return { share: right / pairCount, standardError: Math.sqrt(variance) / pairCount, imageCount };
}

function isSame({ share, standardError }: Ranking): boolean {
  if (standardError === 0 || normalTail((share - 0.5) / standardError) < ERROR_PROBABILITY.clear) return false;
  return share + normalQuantile(ERROR_PROBABILITY.none) * standardError < USEFUL_RANKING;
}
