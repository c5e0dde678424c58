/**
 * Which backbone to build on: the default, unless another one is better on the user's own pictures by more than noise.
 *
 * Context: two backbones answer for the same pictures, each by heads that saw the same other ones, so that the pictures on
 * which they differ tell which is better: McNemar's exact test on one answer a picture, the one of most repeats. Dietterich
 * 1998 finds its share of false alarms at or below what is asked for, where t-tests over folds exceed it. Over pooled folds,
 * whose heads share pictures, this was tried on 450 pairs of embeddings of equal worth (60 to 400 pictures, 2 to 5 classes):
 * at p < 0.05 it saw a difference in 3.1 % of them, and the other one would have been proposed in 2.0 %.
 */
import type { BackboneRace, BackboneStanding } from '../../contract/choosing.ts';
import { mcNemar, wilsonInterval } from '../evaluate/metrics.ts';
import { rightRows, type CrossValidation } from './cross-validate.ts';

export interface Contender {
  readonly id: string;
  readonly title: string;
  /** On the same rows and folds as all others. */
  readonly result: CrossValidation;
}

/** Of all comparisons together (Bonferroni). */
const SIGNIFICANCE = 0.05;

/**
 * @param contenders  the default first, which is proposed unless another one beats it.
 * @throws RangeError if there is none, or none of its rows could be checked.
 */
export function raceBackbones([first, ...others]: readonly Contender[]): BackboneRace {
  if (first === undefined) throw new RangeError('A race needs at least one backbone');
  const { foldCount, repeatCount } = first.result;
  const reference = rightRows(first.result);
  const standings = [first, ...others].map(({ id, title, result }): BackboneStanding => {
    const right = rightRows(result);
    const rightCount = [...right.values()].filter(Boolean).length;
    const interval = wilsonInterval(rightCount, right.size);
    const againstDefault = result === first.result ? null : compare(right, reference);
    return { id, title, accuracy: rightCount / right.size, interval, againstDefault };
  });
  const [standing, ...challengers] = standings as [BackboneStanding, ...BackboneStanding[]]; // as: one a contender
  const isBetter = ({ againstDefault }: BackboneStanding) =>
    againstDefault !== null &&
    againstDefault.onlyThis > againstDefault.onlyDefault &&
    againstDefault.pValue * challengers.length < SIGNIFICANCE;
  const ranked = challengers.toSorted((a, b) => b.accuracy - a.accuracy);
  const best = ranked.find(isBetter);
  const reason = best ? beats(best, standing, foldCount) : stays(standing, ranked[0], foldCount);
  const imageCount = reference.size;
  return { winner: (best ?? standing).id, reason, standings, imageCount, foldCount, repeatCount };
}

function compare(right: ReadonlyMap<number, boolean>, reference: ReadonlyMap<number, boolean>) {
  let [onlyThis, onlyDefault] = [0, 0];
  for (const [row, isRight] of right) {
    if (isRight && !reference.get(row)) onlyThis++;
    if (!isRight && reference.get(row)) onlyDefault++;
  }
  return { onlyThis, onlyDefault, pValue: mcNemar(onlyThis, onlyDefault) };
}

/** "EfficientNet-Lite0, 92.3 %, beats MobileNet V1 0.75, 88.7 %, over 5 folds: 54 pictures right that …, p = 0.0002." */
function beats(winner: BackboneStanding, loser: BackboneStanding, foldCount: number): string {
  return `${named(winner)}, beats ${named(loser)}, over ${foldCount} folds: ${counts(winner)}.`;
}

function stays(standing: BackboneStanding, best: BackboneStanding | undefined, foldCount: number): string {
  if (best?.againstDefault == null)
    return `${named(standing)} over ${foldCount} folds, is the only backbone installed.`;
  const { onlyThis, onlyDefault, pValue } = best.againstDefault;
  if (pValue < SIGNIFICANCE && onlyDefault > onlyThis) {
    const flipped = { ...standing, againstDefault: { onlyThis: onlyDefault, onlyDefault: onlyThis, pValue } };
    return beats(flipped, best, foldCount);
  }
  return `${named(standing)}, stays: with ${named(best)}, the difference over ${foldCount} folds is no more than noise: ${counts(best)}.`;
}

function counts({ title, againstDefault }: BackboneStanding): string {
  const { onlyThis = 0, onlyDefault = 0, pValue = 1 } = againstDefault ?? {};
  const pictures = onlyThis === 1 ? 'picture is' : 'pictures are';
  return `${onlyThis} ${pictures} right with ${title} alone, ${onlyDefault} without it alone, ${pWords(pValue)}`;
}

const named = ({ title, accuracy }: BackboneStanding): string => `${title}, ${percent(accuracy)}`;

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export function pWords(pValue: number): string {
  if (pValue < 0.0001) return 'p < 0.0001';
  return `p = ${pValue < 0.01 ? pValue.toFixed(4) : pValue.toFixed(2)}`;
}
