import type { ExportReport } from '../../contract/results.ts';
import type { ExportFormat } from '../../contract/training.ts';
import { readPixels } from '../features/pixels.ts';
import type { Classifier } from '../network/classifier.ts';
import type { WriteContext } from './target.ts';
import { targetOf } from './targets.ts';

/** Pictures that a doubtful file is looked through with: each costs half a forward pass a layer, 1.4 s of EfficientNet-Lite0. */
const PICTURE_COUNT = 4;

interface Suspicion {
  readonly classifier: Classifier;
  /** Pictures that could be run; those that the file answers otherwise come first. */
  readonly pictures: readonly { readonly file: string }[];
  /** As when the file was written. */
  readonly calibrate: WriteContext['calibrate'];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks for the reason why a file answers otherwise too often.
 *
 * @throws the signal's reason on an abort.
 */
export async function doubtOf(
  format: ExportFormat,
  { classifier, pictures, calibrate, signal }: Suspicion,
): Promise<NonNullable<ExportReport['doubt']>> {
  const target = await targetOf(format);
  const reason = target.isLossy ? 'rounding' : 'fault';
  if (target.mostDifferentLayer === undefined) return { reason };
  const pixels = await pixelsOf(pictures.slice(0, PICTURE_COUNT), classifier.imageSize, signal);
  const layer = await target.mostDifferentLayer(classifier, { calibrate, pixels, signal });
  return { reason, ...(layer === null ? {} : { layer }) };
}

async function pixelsOf(pictures: Suspicion['pictures'], sizePx: number, signal?: AbortSignal): Promise<Uint8Array> {
  const files = pictures.map(({ file }) => ({ file }));
  const read: Uint8Array[] = [];
  for await (const { decoded } of readPixels(files, { sizePx, signal })) if (decoded.ok) read.push(decoded.pixels);
  return Buffer.concat(read);
}
