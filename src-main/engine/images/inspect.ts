import { skipReasons } from '../../contract/skip-reasons.ts';
import { readBmpHeader } from './bmp.ts';
import { recogniseFormat, type PictureFormat } from './format.ts';
import { sharp, type Metadata } from './libvips.ts';
import { inputForLibvips } from './libvips-input.ts';
import { findPngFault } from './png.ts';
import { explainDecodeError, refuse, refuseSize, TRUNCATED, type Refusal } from './refusal.ts';

export interface Inspected {
  readonly ok: true;
  readonly format: PictureFormat;
  /** Upright size in pixels, after EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation 1–8; 1 where the file says nothing. */
  readonly orientation: number;
  /** The embedded colour profile; absent where there is none. */
  readonly profile?: Buffer;
}

/**
 * Tells format, size and orientation from a picture's header, without decoding it: a file that passes may still turn
 * out damaged further on.
 *
 * @param file  the whole file. Borrowed.
 */
export async function inspectImage(file: Buffer): Promise<Inspected | Refusal> {
  const recognised = await recogniseFormat(file);
  return recognised.ok ? inspectAs(file, recognised.format) : recognised;
}

/** As `inspectImage`, where the format is known already. */
export async function inspectAs(file: Buffer, format: PictureFormat): Promise<Inspected | Refusal> {
  if (format === 'bmp') {
    const header = readBmpHeader(file);
    return header.ok ? { ok: true, format, width: header.width, height: header.height, orientation: 1 } : header;
  }
  const fault = findContainerFault(file, format);
  if (fault !== null) return refuse(fault);
  try {
    // The limit on pixels is checked here, so that the reason can name the size.
    const metadata = await sharp(inputForLibvips(file, format), {
      failOn: 'error',
      limitInputPixels: false,
    }).metadata();
    return sizeOf(metadata, format);
  } catch (error) {
    return refuse(explainDecodeError(error));
  }
}

/** Faults that a format's own bookkeeping shows, cheaper and plainer than its decoder does. */
function findContainerFault(file: Buffer, format: PictureFormat): string | null {
  if (format === 'png') return findPngFault(file);
  const declaredBytes = format === 'webp' && file.length >= 8 ? file.readUInt32LE(4) + 8 : 0;
  return declaredBytes > file.length ? TRUNCATED : null;
}

function sizeOf(metadata: Metadata, expected: PictureFormat): Inspected | Refusal {
  const format = openedFormat(metadata, expected);
  if (format === null) return refuse(skipReasons.say('damaged-content', { format: expected.toUpperCase() }));
  // Measurements rather than a photograph: which value is black and which is white, the file does not say.
  if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') {
    return refuse(skipReasons.say('depth', { depth: metadata.depth }));
  }
  const { width, height } = metadata.autoOrient;
  const profile = metadata.icc === undefined ? {} : { profile: metadata.icc };
  const orientation = metadata.orientation ?? 1;
  return refuseSize(width, height) ?? { ok: true, format, width, height, orientation, ...profile };
}

/**
 * What libvips took the file for; null where that is not what its head says: a drawing hidden in a comment is not
 * rendered. AVIF and HEIC share a container and at times their brands, so there the compression decides.
 */
function openedFormat({ format, compression }: Metadata, expected: PictureFormat): PictureFormat | null {
  const isHeif = expected === 'avif' || expected === 'heic';
  if (isHeif && format === 'heif') return compression === 'hevc' ? 'heic' : 'avif';
  return format === expected ? expected : null;
}
