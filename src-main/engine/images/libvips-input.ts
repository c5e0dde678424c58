import type { PictureFormat } from './format.ts';
import { firstTiffPage } from './tiff.ts';

/** The bytes to give to libvips: the file itself, or a copy with what stops libvips taken out. */
export function inputForLibvips(bytes: Buffer, format: PictureFormat): Buffer {
  if (format === 'tiff') return firstTiffPage(bytes);
  return format === 'avif' ? asStillAvif(bytes) : bytes;
}

/** libvips turns an animated AVIF away by its first brand, though its first picture lies there like any other. */
function asStillAvif(bytes: Buffer): Buffer {
  if (bytes.toString('latin1', 8, 12) !== 'avis') return bytes;
  const copy = Buffer.from(bytes);
  copy.write('avif', 8, 'latin1');
  return copy;
}
