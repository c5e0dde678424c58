import type { TrainConfig } from '../../contract/training.ts';
import { argMax } from '../evaluate/metrics.ts';
import { foldsOf, sampleRows, type Fold } from './folds.ts';
import { meanOf } from './statistics.ts';
import type { Curve, Subject } from './subject.ts';

/** Which pictures check settings against each other. */
export interface Plan {
  /** Splits of the same pictures; a further repeat deals them out anew. */
  readonly repeats: readonly (readonly Fold[])[];
  /** "2 × 5-fold cross-validation within 244 training pictures". */
  readonly words: string;
}

/** How one setting did. */
export interface Measured {
  readonly config: TrainConfig;
  /** Mean over the pictures that checked. */
  readonly accuracy: number;
  readonly standardError: number;
  /** Mean cross-entropy of the best epochs; infinite where one has diverged. */
  readonly loss: number;
  /** How often each picture was right, 0–1, in an order that all settings of a plan share. */
  readonly rightShares: Float64Array;
}

/** Small sets are dealt out anew this often, as long as that stays below the work of so many pictures. */
const MOST_REPEATS = 2;
const REPEATED_ROWS = 1500;

/**
 * Pictures of the training split check: all of them once a repeat where settings are many at the cost of one, or cost little;
 * otherwise those of one part that is held out. The validation split stays apart, so that nothing is fitted to it.
 */
export function searchPlan(subject: Subject, seed: number, mostRepeats = MOST_REPEATS): Plan {
  const { trainingRows, validationRows, classCount, isStacked, effort } = subject;
  const { foldCount, checkingFolds } = effort;
  const rows = searchRows(subject, trainingRows, seed);
  const repeatCount = isStacked ? Math.max(1, Math.min(mostRepeats, Math.floor(REPEATED_ROWS / rows.length))) : 1;
  const all = Array.from({ length: repeatCount }, (_, repeat) => foldsOf(subject, rows, foldCount, seed, repeat));
  const isUsable = all.every((folds) => folds.length > 1);
  const repeats = all.map((folds) => folds.slice(0, checkingFolds));
  const times = repeatCount === 1 ? '' : `${repeatCount} × `;
  const of = rows.length === trainingRows.length ? 'the' : 'a sample of';
  const checkingCount = repeats[0]?.[0]?.validationRows.length ?? 0;
  const words =
    checkingFolds < foldCount
      ? `${checkingCount} pictures held out of ${of} ${rows.length} training pictures`
      : `${times}${foldCount}-fold cross-validation within ${of} ${rows.length} training pictures`;
  return isUsable
    ? { repeats, words }
    : {
        repeats: [[{ trainingRows, validationRows }]],
        words: `the ${validationRows.length} validation pictures, since no class of ${classCount} has two for training`,
      };
}

/** Rows that search looks at: all of them up to a number, else a sample with the classes alike. */
export function searchRows(subject: Subject, rows: Uint32Array, seed: number, most = subject.effort.rows): Uint32Array {
  return rows.length <= most ? rows : sampleRows(subject, rows, Math.ceil(most / subject.classCount), seed);
}

/** Trains every setting on every split of the plan; a repeat has initial weights and an order of its own. */
export async function measureSettings(
  subject: Subject,
  configs: readonly TrainConfig[],
  plan: Plan,
  signal?: AbortSignal,
): Promise<Measured[]> {
  const rows = plan.repeats[0]?.flatMap(({ validationRows }) => [...validationRows]) ?? [];
  const placeOf = new Map(rows.map((row, place) => [row, place]));
  const tallies = configs.map(() => ({ loss: 0, rightShares: new Float64Array(rows.length) }));
  for (const [repeat, folds] of plan.repeats.entries()) {
    for (const fold of folds) {
      const seeded = configs.map((config) => ({ ...config, seed: seedOf(config.seed, repeat) }));
      const curves = await subject.train(seeded, { ...fold, wantsScores: true, signal });
      for (const [index, curve] of curves.entries()) {
        const tally = tallies[index];
        if (tally === undefined) continue;
        tally.loss += (curve.validationLoss * fold.validationRows.length) / (rows.length * plan.repeats.length);
        const answers = answersOf(curve, subject.classCount);
        fold.validationRows.forEach((row, at) => {
          const place = placeOf.get(row);
          if (place !== undefined && answers?.[at] === subject.labels[row])
            tally.rightShares[place] = (tally.rightShares[place] ?? 0) + 1 / plan.repeats.length;
        });
      }
    }
  }
  return tallies.map(({ loss, rightShares }, index) => {
    const { mean, standardError } = meanOf([...rightShares]);
    const config = configs[index] as TrainConfig; // as: one tally a config
    return { config, accuracy: mean, standardError, loss, rightShares };
  });
}

/** The more accurate; of equals the one with the smaller loss. */
export function bestOf(measured: readonly Measured[]): Measured {
  const [best] = [...measured].sort((a, b) => b.accuracy - a.accuracy || a.loss - b.loss);
  if (best === undefined) throw new Error('Nothing was measured');
  return best;
}

/** Class numbers by the best epoch; null where there is none. */
export function answersOf({ scores }: Pick<Curve, 'scores'>, classCount: number): Uint32Array | null {
  if (scores === null) return null;
  return Uint32Array.from({ length: scores.length / classCount }, (_, row) =>
    argMax(scores.subarray(row * classCount, (row + 1) * classCount)),
  );
}

/** Seeds of repeats, within the range that settings allow. */
export function seedOf(seed: number, repeat: number): number {
  return (seed + repeat) % 2 ** 31;
}
