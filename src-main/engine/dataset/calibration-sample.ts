import type { Picture } from '../../contract/dataset.ts';
import { createRandom, shuffle } from '../random.ts';

/** Ranges of values settle long before: TensorFlow's guide to quantisation asks for 100 to 500 pictures. */
export const MAX_CALIBRATION_PICTURES = 200;

/** Apart from the streams that order and augment. */
const STREAM = 0xca1b;

/**
 * Training pictures that stand for all: of each class the share that it has, and at least one while there is room.
 *
 * @param seed  of the run: the same pictures each time.
 * @returns     at most `limit`, in their own order.
 */
export function calibrationSample(
  pictures: readonly Picture[],
  seed: number,
  limit = MAX_CALIBRATION_PICTURES,
): Picture[] {
  const training = pictures.filter(({ split }) => split === 'training');
  const classes = new Map<string, Picture[]>();
  for (const picture of training) {
    const members = classes.get(picture.className);
    if (members) members.push(picture);
    else classes.set(picture.className, [picture]);
  }
  const random = createRandom(seed, STREAM);
  // Each picture has a place between 0 and 1 within its class; those that come first in all classes together are taken.
  const placed = [...classes.values()].flatMap((members) =>
    shuffle(members, random).map((picture, index) => ({ picture, place: index / members.length })),
  );
  const chosen = new Set(
    placed
      .toSorted((a, b) => a.place - b.place)
      .slice(0, limit)
      .map(({ picture }) => picture),
  );
  return training.filter((picture) => chosen.has(picture));
}
