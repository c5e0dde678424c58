/** The one road from a file to pixels: read, recognise, check, decode upright and opaque in sRGB. */
import { totalmem } from 'node:os';
import { decodeBmp, type RawPixels } from './bmp.ts';
import { recogniseFormat, type PictureFormat } from './format.ts';
import { isIdentityProfile } from './colour-profile.ts';
import { decodeHeic } from './heic.ts';
import { inspectAs, type Inspected } from './inspect.ts';
import { sharp, type OutputInfo, type Sharp } from './libvips.ts';
import { inputForLibvips } from './libvips-input.ts';
import { createMemoryBudget } from './memory-budget.ts';
import { readPictureFile } from './read-file.ts';
import { DECODE_RECIPE, LIMITS } from './recipe.ts';
import { explainDecodeError, refuse, type Refusal } from './refusal.ts';
import { hasUnrelatedChannel } from './tiff.ts';

/** What all decoding of this process may take at once. Formats that cannot stream hold about 4 bytes a pixel. */
const decodeMemory = createMemoryBudget(Math.min(2 ** 30, totalmem() / 4));
const BYTES_PER_PIXEL = 4;

export interface Rendering {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/** Of a whole picture, upright, in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

export interface Rendered extends Rendering, PictureSize {
  readonly ok: true;
}

/** Gives the upright, opaque sRGB picture a form: a resize and an output format. */
export type Shape = (picture: Sharp) => Sharp;

/**
 * Decodes a picture and gives it the form that `shape` asks for.
 *
 * @param source  a path, or the bytes of a file. Borrowed.
 * @param shape   receives the upright, opaque sRGB picture and its size.
 * @returns       what `shape` makes, or why the picture cannot be used. Never throws for a bad picture.
 */
export async function renderPicture(
  source: string | Buffer,
  shape: (picture: Sharp, size: PictureSize) => Sharp,
): Promise<Rendered | Refusal> {
  const rendered = await renderShapes(source, (size) => [(picture) => shape(picture, size)]);
  if (!rendered.ok) return rendered;
  const { renderings, width, height } = rendered;
  return { ok: true, ...(renderings[0] as Rendering), width, height }; // as: one shape, one rendering
}

/**
 * Gives a picture several forms: it is read once, and decoded once a form, so that each is shrunk while it is decoded.
 *
 * @param source  a path, or the bytes of a file. Borrowed.
 * @param plan    the forms, when the picture's size is known.
 * @returns       a rendering a form, or why the picture cannot be used. Never throws for a bad picture.
 */
export async function renderShapes(
  source: string | Buffer,
  plan: (size: PictureSize) => readonly Shape[],
): Promise<({ readonly ok: true; readonly renderings: readonly Rendering[] } & PictureSize) | Refusal> {
  const file = typeof source === 'string' ? await readPictureFile(source) : await recogniseBytes(source);
  if (!file.ok) return file;
  const inspected = await inspectAs(file.bytes, file.format);
  if (!inspected.ok) return inspected;
  const { width, height } = inspected;
  return decodeMemory.run(width * height * BYTES_PER_PIXEL, async () => {
    try {
      const opened = await openPicture(file.bytes, inspected);
      if (!opened.ok) return opened;
      const renderings: Rendering[] = [];
      for (const shape of plan({ width, height })) {
        const upright = opened
          .open()
          .timeout({ seconds: LIMITS.seconds })
          .toColourspace('srgb')
          .flatten({ background: DECODE_RECIPE.background });
        renderings.push(await shape(upright).toBuffer({ resolveWithObject: true }));
      }
      return { ok: true, renderings, width, height };
    } catch (error) {
      return refuse(explainDecodeError(error));
    }
  });
}

async function recogniseBytes(
  bytes: Buffer,
): Promise<{ readonly ok: true; readonly bytes: Buffer; readonly format: PictureFormat } | Refusal> {
  const recognised = await recogniseFormat(bytes);
  return recognised.ok ? { ok: true, bytes, format: recognised.format } : recognised;
}

/** What can be decoded any number of times. Not `Sharp.clone`, which copies the file's bytes. */
interface Opened {
  readonly ok: true;
  readonly open: () => Sharp;
}

async function openPicture(bytes: Buffer, { format, profile }: Inspected): Promise<Opened | Refusal> {
  if (format === 'bmp') return fromPixels(decodeBmp(bytes));
  if (format === 'heic') return fromPixels(await decodeHeic(bytes));
  const ignoreIcc = profile !== undefined && (await isIdentityProfile(profile));
  const input = inputForLibvips(bytes, format);
  const open = () => openWithLibvips(input, ignoreIcc);
  return format === 'tiff' && hasUnrelatedChannel(bytes) ? withoutAlpha(open()) : { ok: true, open };
}

/** The colours alone, decoded now: later on, scaling would weigh them by what is no alpha. */
async function withoutAlpha(picture: Sharp): Promise<Opened> {
  const colours = picture.timeout({ seconds: LIMITS.seconds }).toColourspace('srgb').removeAlpha().raw();
  const { data, info } = await colours.toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  return { ok: true, open: () => sharp(data, { raw }) };
}

function fromPixels(pixels: RawPixels | Refusal): Opened | Refusal {
  if (!pixels.ok) return pixels;
  const { data, width, height, channels } = pixels;
  return { ok: true, open: () => sharp(data, { raw: { width, height, channels } }) };
}

/**
 * `failOn: 'error'` refuses what is cut short and what is damaged in a way that shows: at 'truncated' a TIFF with
 * unreadable strips and a PNG with a wrong checksum load with invented pixels, and at 'warning' harmless photographs
 * of many cameras fail. Of 89 hostile and odd files, 'error' agrees with PIL on all that test/fixtures/images lists.
 */
function openWithLibvips(bytes: Buffer, ignoreIcc: boolean): Sharp {
  const limitInputPixels = LIMITS.pixelCount;
  return sharp(bytes, { autoOrient: true, failOn: 'error', limitInputPixels, page: 0, pages: 1, ignoreIcc });
}
