import { argMax } from '../evaluate/metrics.ts';
import { renderPicture } from '../images/render.ts';
import type { CheckPicture, Classifier } from '../network/classifier.ts';
import type { ExportFile } from './export-file.ts';
import { unchanged } from './unchanged.ts';

/** Longer side, pixels: enough to try a model with. */
const SIZE_PX = 512;
const QUALITY = 80;

/** A picture that goes along with a model, and what it shows. */
export interface Sample extends ExportFile {
  /** Number of the label. */
  readonly label: number;
}

/**
 * Of each class the first validation picture that the app names rightly, as a small JPEG in `samples`, named after the class's number.
 * It bears nothing of the original but what can be seen: no file name, no place, no camera. Classes without such a picture are left out,
 * and so are all where the model does not know what its pictures show.
 */
export async function samplePictures({ labels, validation = [] }: Classifier): Promise<Sample[]> {
  const digits = String(labels.length - 1).length;
  const candidates: CheckPicture[][] = labels.map(() => []);
  for (const picture of validation)
    if (argMax(picture.probabilities) === picture.truth) candidates[picture.truth]?.push(picture);
  const samples: Sample[] = [];
  for (const [label, pictures] of candidates.entries()) {
    const content = await firstReadable(pictures);
    if (content !== null) samples.push({ label, name: `samples/${String(label).padStart(digits, '0')}.jpg`, content });
  }
  return samples;
}

async function firstReadable(pictures: readonly CheckPicture[]): Promise<Buffer | null> {
  for (const picture of pictures) {
    const [same] = await unchanged([picture]);
    if (same === undefined) continue;
    const rendered = await renderPicture(same.file, (image) =>
      image.resize(SIZE_PX, SIZE_PX, { fit: 'inside', withoutEnlargement: true }).jpeg({ quality: QUALITY }),
    );
    if (rendered.ok) return rendered.data;
  }
  return null;
}
