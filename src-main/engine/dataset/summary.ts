import {
  MIN_IMAGES_PER_CLASS,
  type ClassSummary,
  type DatasetSummary,
  type Picture,
  type SkippedFile,
} from '../../contract/dataset.ts';
import { EngineError } from '../../contract/errors.ts';
import type { SplitConfig } from '../../contract/jobs.ts';
import { OUTSIDE_CLASS } from './layout.ts';
import { hasPictureName } from './names.ts';
import type { Manifest } from './manifest.ts';
import { picturesOf } from './split.ts';

/**
 * What the user sees of a scanned folder: classes with their counts, what was skipped, and why training cannot start.
 *
 * @param excludedCount  pictures that edits leave out; `manifest` lacks them.
 */
export function summarise(manifest: Manifest, config: SplitConfig, excludedCount = 0): DatasetSummary {
  const classes = countSplits(manifest, config);
  const blocker = findBlocker(classes, manifest.skipped);
  return {
    classes,
    imageCount: manifest.entries.length,
    excludedCount,
    splitSource: manifest.splitSource,
    skipped: [...manifest.skipped],
    blocker: blocker && { code: blocker.code, message: blocker.message },
  };
}

/** How many pictures of each class a run with this split has for each purpose. @throws as `assignSplits` */
export function countSplits({ entries, classes }: Manifest, config: SplitConfig): ClassSummary[] {
  return countClasses(picturesOf(entries, config), classes);
}

/**
 * Passes if these pictures can be trained on: before training, and again once decoding has dropped the unreadable ones.
 *
 * @param skipped  what was left out, for the message to point at. Optional.
 * @throws EngineError `dataset/empty`, `dataset/one-class`, `dataset/too-few-images`.
 */
export function requireTrainable(
  pictures: readonly Pick<Picture, 'className' | 'split'>[],
  classes: readonly string[],
  skipped: readonly SkippedFile[] = [],
): void {
  const blocker = findBlocker(countClasses(pictures, classes), skipped);
  if (blocker !== null) throw blocker;
}

function countClasses(
  pictures: Iterable<Pick<Picture, 'className' | 'split'>>,
  classes: readonly string[],
): ClassSummary[] {
  const counts = new Map(classes.map((name) => [name, { training: 0, validation: 0, test: 0 }]));
  for (const { className, split } of pictures) {
    const count = counts.get(className);
    if (count) count[split]++;
  }
  return [...counts].map(([name, count]) => {
    const imageCount = count.training + count.validation + count.test;
    const missingCount = Math.max(MIN_IMAGES_PER_CLASS - imageCount, count.training === 0 ? 1 : 0);
    return { name, imageCount, counts: count, missingCount };
  });
}

function findBlocker(classes: readonly ClassSummary[], skipped: readonly SkippedFile[]): EngineError | null {
  const imageCount = classes.reduce((total, { imageCount }) => total + imageCount, 0);
  const [first, second] = classes;
  if (first === undefined || imageCount === 0) return explainEmpty(classes.length, skipped);
  if (second === undefined) {
    return new EngineError(
      'dataset/one-class',
      `Only one class was found: "${first.name}" (${pictures(first.imageCount)}). A classifier needs at least two: give each class a folder of its own, and choose the folder around them.`,
      { label: first.name, images: first.imageCount },
    );
  }
  const short = classes.filter(({ missingCount }) => missingCount > 0);
  if (short[0] !== undefined) return explainShort(short[0], short);
  if (classes.every(({ counts }) => counts.validation === 0)) {
    return new EngineError(
      'dataset/too-few-images',
      'No picture is left to check the model with: the validation folder has none, or the pictures of each class are copies of one. Add different pictures.',
      { images: imageCount, minImages: MIN_IMAGES_PER_CLASS },
    );
  }
  return null;
}

function explainShort(worst: ClassSummary, short: readonly ClassSummary[]): EngineError {
  const { name, imageCount, counts } = worst;
  const others = short.slice(1).map((other) => `"${other.name}" (${other.imageCount})`);
  const need =
    imageCount >= MIN_IMAGES_PER_CLASS && counts.training === 0
      ? `none of the ${pictures(imageCount)} of class "${name}" is for training`
      : `class "${name}" has ${imageCount === 0 ? 'no usable picture' : `only ${usable(imageCount)}`}`;
  const also =
    others.length === 0
      ? ''
      : ` The same goes for ${others.slice(0, 5).join(', ')}${others.length > 5 ? ` and ${others.length - 5} more` : ''}.`;
  return new EngineError(
    'dataset/too-few-images',
    `${need[0]?.toUpperCase()}${need.slice(1)}; each class needs at least ${MIN_IMAGES_PER_CLASS}, one to learn from and one to check with. Add pictures or remove the class.${also}`,
    { label: name, images: imageCount, minImages: MIN_IMAGES_PER_CLASS, shortClasses: short.length },
  );
}

function explainEmpty(classCount: number, skipped: readonly SkippedFile[]): EngineError {
  const loose = skipped.filter(({ path, reason }) => reason.startsWith(OUTSIDE_CLASS) && hasPictureName(path)).length;
  const details = { classes: classCount, skipped: skipped.length, loose };
  if (loose > 0) {
    return new EngineError(
      'dataset/empty',
      `${pictures(loose)} ${loose === 1 ? 'lies' : 'lie'} loose, in no class folder. Put the pictures of each class into a folder named after it.`,
      details,
    );
  }
  const why =
    skipped.length === 0
      ? 'The folder is empty'
      : `The folder has no usable picture; ${skipped.length} ${skipped.length === 1 ? 'entry was' : 'entries were'} skipped, each listed with its reason`;
  return new EngineError(
    'dataset/empty',
    `${why}. Choose a folder that holds one folder of pictures (JPEG, PNG, WebP, …) for each class.`,
    details,
  );
}

function pictures(count: number): string {
  return `${count} ${count === 1 ? 'picture' : 'pictures'}`;
}

function usable(count: number): string {
  return `${count} usable ${count === 1 ? 'picture' : 'pictures'}`;
}
