import { writeFileDurably } from '../../system/durable-file.ts';
import { EngineError } from '../../contract/errors.ts';
import type { Sharp } from './libvips.ts';
import { renderPicture } from './render.ts';

/** Up to this size a picture is a tile in a grid of hundreds, and its bytes count more than its finest detail. */
const TILE_SIZE_PX = 256;
const TILE_BYTES = 20_000;
/** WebP qualities, best first. */
const TILE_QUALITIES = [80, 65, 50, 35, 20] as const;
const PREVIEW_QUALITY = 85;

/**
 * Writes an upright, opaque WebP of a picture that fits in a square box; a smaller picture keeps its size. Tiles up to
 * 256 px stay within 20 KB. The file appears whole or not at all; its folder must exist.
 *
 * @param sizePx  side of the box.
 * @throws EngineError `image/unreadable` if the picture cannot be decoded.
 */
export async function writeThumbnail(sourceFile: string, targetFile: string, sizePx: number): Promise<void> {
  await writeFileDurably(targetFile, await renderThumbnail(sourceFile, sizePx));
}

/** The same as bytes. @throws EngineError `image/unreadable` */
export async function renderThumbnail(sourceFile: string, sizePx: number): Promise<Buffer> {
  const fit = (picture: Sharp) =>
    picture.resize(sizePx, sizePx, { fit: 'inside', withoutEnlargement: true, kernel: 'mitchell' });
  if (sizePx > TILE_SIZE_PX) return render(sourceFile, (picture) => fit(picture).webp({ quality: PREVIEW_QUALITY }));
  const tile = await render(sourceFile, (picture) => fit(picture).png({ compressionLevel: 0 }));
  for (const quality of TILE_QUALITIES) {
    const smaller = await render(tile, (picture) => picture.webp({ quality }));
    if (smaller.length <= TILE_BYTES || quality === TILE_QUALITIES.at(-1)) return smaller;
  }
  throw new Error('unreachable: the last quality always returns');
}

async function render(source: string | Buffer, shape: (picture: Sharp) => Sharp): Promise<Buffer> {
  const rendered = await renderPicture(source, shape);
  if (rendered.ok) return rendered.data;
  const file = typeof source === 'string' ? source : '';
  throw new EngineError('image/unreadable', `The picture cannot be shown: ${rendered.reason}.`, {
    file,
    reason: rendered.reason,
  });
}
