/**
 * Which pictures train and which check.
 *
 * Each picture's place is a number in [0, 1) made of (seed, SHA-256) alone. In each class those with the lowest numbers
 * validate, those with the highest test, the rest train. So adding pictures moves none of the others but for a few at
 * the border (the shares are rounded per class), renaming files changes nothing, and copies of one picture always fall on
 * the same side: a model is never checked with a picture that it learned from.
 *
 * What an edit says wins over all that, for the picture (with its copies) that it names and no other: the rest is drawn as
 * if there were no such edit, so that moving one picture moves no second one in exchange.
 */
import type { Picture, Split } from '../../contract/dataset.ts';
import { EngineError } from '../../contract/errors.ts';
import type { SplitConfig } from '../../contract/jobs.ts';
import { createRandom } from '../random.ts';
import type { ManifestEntry } from './manifest.ts';

/** Copies of one picture within a class. */
interface Copies {
  readonly sha256: string;
  readonly place: number;
  count: number;
}

interface Counts {
  readonly validation: number;
  readonly test: number;
}

/**
 * Gives every picture its split. What the folders say stands: `val` and `test` folders are taken as they are, and only
 * what they lack is drawn from the training pictures, class by class.
 *
 * A class of two or more different pictures keeps at least one to train and one to validate with, one of three or more
 * also one to test with. Copies that lie in several classes train, since they can check nothing.
 *
 * @returns the pictures in the order of `entries`.
 * @throws EngineError `setting/out-of-range` if the fractions leave nothing to train with.
 */
export function assignSplits(entries: readonly ManifestEntry[], config: SplitConfig): Picture[] {
  return Array.from(picturesOf(entries, config));
}

/** As `assignSplits`, one picture at a time, for whoever does not keep them. */
export function picturesOf(entries: readonly ManifestEntry[], config: SplitConfig): Iterable<Picture> {
  const splitOf = drawSplits(entries, config);
  return (function* () {
    for (const entry of entries) {
      // Written out: what is left over of a spread object takes three times the memory.
      const { id, path, className, width, height, orientation, sizeBytes, sha256 } = entry;
      yield { id, path, className, split: splitOf(entry), width, height, orientation, sizeBytes, sha256 };
    }
  })();
}

/** Draws the splits, and tells that of each entry. @throws as `assignSplits`. */
export function drawSplits(
  entries: readonly ManifestEntry[],
  { seed, validationFraction, testFraction }: SplitConfig,
): (entry: ManifestEntry) => Split {
  if (!(validationFraction >= 0 && testFraction >= 0 && validationFraction + testFraction < 1)) {
    throw new EngineError(
      'setting/out-of-range',
      `Validation takes ${validationFraction} of the pictures and test ${testFraction}; together they must be less than 1, so that pictures remain to train with.`,
      { validationFraction, testFraction },
    );
  }
  const brings = (split: Split) => entries.some(({ folderSplit }) => folderSplit === split);
  const fractions = {
    validation: brings('validation') ? 0 : validationFraction,
    test: brings('test') ? 0 : testFraction,
  };
  const pool = entries.filter(({ folderSplit }) => folderSplit === null || folderSplit === 'training');
  const drawn = drawByClass(pool, seed, fractions);
  return ({ editedSplit, folderSplit, className, sha256 }) => {
    if (editedSplit !== undefined) return editedSplit;
    const isInPool = folderSplit === null || folderSplit === 'training';
    return isInPool ? drawn(className, sha256) : folderSplit;
  };
}

function drawByClass(
  pool: readonly ManifestEntry[],
  seed: number,
  fractions: Counts,
): (className: string, sha256: string) => Split {
  const classes = new Map<string, Map<string, Copies>>();
  const classOf = new Map<string, string | null>(); // null where copies lie in several
  for (const { className, sha256 } of pool) {
    const copies = getOrMake(classes, className, () => new Map<string, Copies>());
    getOrMake(copies, sha256, () => ({ sha256, place: placeOf(seed, sha256), count: 0 })).count++;
    if (getOrMake(classOf, sha256, () => className) !== className) classOf.set(sha256, null);
  }
  const drawn = new Map<string, Map<string, Split>>();
  for (const [className, copies] of classes) {
    const own = [...copies.values()].filter(({ sha256 }) => classOf.get(sha256) === className);
    drawn.set(className, drawClass(own, sum([...copies.values()]), fractions));
  }
  return (className, sha256) => drawn.get(className)?.get(sha256) ?? 'training';
}

/** Validation from the low end, test from the high end; what is in neither trains. */
function drawClass(own: readonly Copies[], imageCount: number, fractions: Counts): Map<string, Split> {
  const ranked = own.toSorted((a, b) => a.place - b.place || (a.sha256 < b.sha256 ? -1 : 1));
  const keepForTraining = imageCount > sum(ranked) ? 0 : 1; // pictures of several classes train in any case
  const validationCount = shareOf(imageCount, fractions.validation, 2);
  const validation = take(ranked, validationCount, ranked.length - keepForTraining);
  const validating = new Set(validation);
  const rest = ranked.filter((copies) => !validating.has(copies)).reverse();
  const test = take(rest, shareOf(imageCount, fractions.test, 3), rest.length - keepForTraining);
  return new Map([
    ...validation.map(({ sha256 }) => [sha256, 'validation'] as const),
    ...test.map(({ sha256 }) => [sha256, 'test'] as const),
  ]);
}

/** A fraction in whole pictures: at least one where the class has enough, and never all. */
function shareOf(imageCount: number, fraction: number, fewestForOne: number): number {
  if (fraction === 0 || imageCount < fewestForOne) return 0;
  return Math.min(Math.max(1, Math.round(imageCount * fraction)), imageCount - 1);
}

/** Takes groups in their order while they fit in `imageCount`; where none fits, the smallest. */
function take(groups: readonly Copies[], imageCount: number, maxGroups: number): Copies[] {
  if (imageCount === 0 || maxGroups <= 0) return [];
  const taken: Copies[] = [];
  let takenCount = 0;
  for (const group of groups) {
    if (taken.length === maxGroups) break;
    if (takenCount + group.count > imageCount) continue;
    taken.push(group);
    takenCount += group.count;
  }
  if (taken.length > 0) return taken;
  const smallest = groups.reduce((least, group) => (group.count < least.count ? group : least));
  return [smallest];
}

function sum(groups: readonly Copies[]): number {
  return groups.reduce((total, { count }) => total + count, 0);
}

function placeOf(seed: number, sha256: string): number {
  return createRandom(seed, parseInt(sha256.slice(0, 8), 16), parseInt(sha256.slice(8, 16), 16))();
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
