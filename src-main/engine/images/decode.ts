import { skipReasons } from '../../contract/skip-reasons.ts';
import { centreSquare, enlargeSquare, regionAround } from './enlarge.ts';
import { refuse, type Refusal } from './refusal.ts';
import { renderPicture } from './render.ts';

/** A picture as a network sees it, or why it cannot be used. */
export type Decoded =
  | {
      readonly ok: true;
      /** uint8 [size, size, 3], RGB. Owned by the caller. */
      readonly pixels: Uint8Array;
    }
  | Refusal;

/**
 * Turns a picture into the square of pixels that `DECODE_RECIPE` describes.
 *
 * @param source  a path, or the bytes of a file. Borrowed.
 * @param sizePx  side of the square.
 * @returns       never throws for a bad picture: the reason is a value.
 */
export async function decodeImage(source: string | Buffer, sizePx: number): Promise<Decoded> {
  const rendered = await renderPicture(source, (picture, { width, height }) =>
    Math.min(width, height) < sizePx
      ? picture.extract(regionAround([centreSquare(width, height)], width, height)).raw()
      : picture.resize(sizePx, sizePx, { fit: 'cover', position: 'centre', kernel: 'linear' }).raw(),
  );
  if (!rendered.ok) return rendered;
  const { data, info, width, height } = rendered;
  if (info.channels !== 3) return refuse(skipReasons.say('channels', { count: info.channels }));
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (Math.min(width, height) >= sizePx) return { ok: true, pixels };
  const square = centreSquare(width, height);
  return { ok: true, pixels: enlargeSquare(pixels, regionAround([square], width, height), square, sizePx) };
}
