import type { Decoded } from '../images/decode.ts';
import { decodeAhead } from '../images/decode-ahead.ts';
import type { CachedTable } from './cached-table.ts';

export interface UnreadablePicture {
  /** Place in the list that was given. */
  readonly fileIndex: number;
  readonly reason: string;
}

export interface PictureFile {
  readonly file: string;
  /** Of the file's bytes, hex; a picture without one is always decoded. */
  readonly sha256?: string;
}

interface ReadOptions {
  /** Side of the square that each picture becomes. */
  readonly sizePx: number;
  /** Where decoded pictures are kept; absent or null: nowhere. */
  readonly kept?: CachedTable | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Pictures as the network sees them: those that are kept first, then the others in their order as they are decoded, which
 * are kept from then on.
 *
 * @throws the signal's reason, at once, on an abort.
 */
export async function* readPixels(
  pictures: readonly PictureFile[],
  { sizePx, kept, signal }: ReadOptions,
): AsyncGenerator<{ readonly index: number; readonly decoded: Decoded }, void, undefined> {
  const toDecode: { readonly index: number; readonly file: string; readonly sha256: string | undefined }[] = [];
  for (const [index, { file, sha256 }] of pictures.entries()) {
    if (!kept || sha256 === undefined || !kept.has(sha256)) {
      toDecode.push({ index, file, sha256 });
      continue;
    }
    signal?.throwIfAborted();
    const pixels = new Uint8Array(sizePx * sizePx * 3);
    kept.read([sha256], pixels);
    yield { index, decoded: { ok: true, pixels } };
  }
  const files = toDecode.map(({ file }) => file);
  for await (const { index, decoded } of decodeAhead(files, { sizePx, signal })) {
    const picture = toDecode[index];
    if (picture === undefined) continue;
    if (decoded.ok && picture.sha256 !== undefined) kept?.append([picture.sha256], decoded.pixels);
    yield { index: picture.index, decoded };
  }
}

/** Whether some of the pictures are still to be decoded. */
export function needsDecoding(pictures: readonly PictureFile[], kept: CachedTable | null | undefined): boolean {
  return pictures.some(({ sha256 }) => sha256 === undefined || !kept?.has(sha256));
}

/**
 * Decodes and keeps the pictures that are not kept yet.
 *
 * @returns those that cannot be read, by their place.
 * @throws the signal's reason, at once, on an abort.
 */
export async function keepPixels(
  pictures: readonly PictureFile[],
  kept: CachedTable,
  { sizePx, signal, onProgress }: Pick<ReadOptions, 'sizePx' | 'signal'> & { onProgress?: (done: number) => void },
): Promise<UnreadablePicture[]> {
  const unreadable: UnreadablePicture[] = [];
  const missing = [...pictures.keys()].filter((index) => needsDecoding(pictures.slice(index, index + 1), kept));
  let doneCount = pictures.length - missing.length;
  const files = missing.map((index) => pictures[index] as PictureFile); // an index of the list itself
  for await (const { index, decoded } of readPixels(files, { sizePx, kept, signal })) {
    if (!decoded.ok) unreadable.push({ fileIndex: missing[index] ?? 0, reason: decoded.reason });
    onProgress?.(++doneCount);
  }
  return unreadable;
}
