import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { createRandom } from '../random.ts';
import { sharp } from './libvips.ts';
import { drawScene, SAMPLE_SHAPES } from './sample-scene.ts';

/** Enough for a clear result in seconds: 48 to learn from and 12 to check with, a class. */
const IMAGES_PER_CLASS = 60;
const SIZE_PX = 256;
const JPEG_QUALITY = 88;

export interface SampleOptions {
  readonly imagesPerClass?: number;
  readonly seed: number;
}

/**
 * Draws the sample set: rings, triangles and crosses, a folder each, so that a first run needs no pictures of one's own.
 * Colours, sizes, places, angles and backgrounds vary freely within each class, so only the shape tells them apart.
 * The same seed writes the same bytes.
 *
 * @param folder  is made if missing; files of the same names are replaced.
 * @returns       how many pictures were written.
 */
export async function drawSample(
  folder: string,
  { imagesPerClass = IMAGES_PER_CLASS, seed }: SampleOptions,
): Promise<number> {
  const limit = pLimit(availableParallelism());
  for (const [classNumber, { className, name }] of SAMPLE_SHAPES.entries()) {
    const classFolder = join(folder, className);
    await mkdir(classFolder, { recursive: true });
    await Promise.all(
      Array.from({ length: imagesPerClass }, (_, index) =>
        limit(async () => {
          const scene = drawScene(name, SIZE_PX, createRandom(seed, classNumber, index));
          const jpeg = await sharp(Buffer.from(scene)).flatten().jpeg({ quality: JPEG_QUALITY }).toBuffer();
          await writeFile(join(classFolder, `${name}-${String(index + 1).padStart(3, '0')}.jpg`), jpeg);
        }),
      ),
    );
  }
  return SAMPLE_SHAPES.length * imagesPerClass;
}
