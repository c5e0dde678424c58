/**
 * Square crops of a picture whose shorter side is scaled to a size of choice, for test-time augmentation.
 *
 * The way from file to pixels is `DECODE_RECIPE`'s, and the centre crop at a scale of the crop's own size is what
 * `decodeImage` makes, byte for byte. Each scale is decoded from the file again rather than shrunk from the largest one:
 * then a scale's pixels do not depend on which others are asked for, and its JPEG is shrunk while it is decoded.
 */
import { skipReasons } from '../../contract/skip-reasons.ts';
import type { CropPlace } from '../../contract/test-time-augmentation.ts';
import { enlargeSquare, regionAround, type Square } from './enlarge.ts';
import { refuse, type Refusal } from './refusal.ts';
import { renderShapes, type PictureSize, type Shape } from './render.ts';

/** Which crops of which size of the picture. */
export interface CropOrder {
  /** Shorter side of the picture that is cut, pixels; not below the crop's. */
  readonly scalePx: number;
  /** At least one. */
  readonly places: readonly CropPlace[];
}

export type DecodedCrops =
  | {
      readonly ok: true;
      /** By order: uint8 [size, size, 3], RGB. Owned by the caller. */
      readonly crops: readonly ReadonlyMap<CropPlace, Uint8Array>[];
    }
  | Refusal;

/** Where a crop lies along an axis: at its start, in its middle, at its end. */
type Along = 0 | 0.5 | 1;

const ALONG: Readonly<Record<CropPlace, { readonly x: Along; readonly y: Along }>> = {
  'top-left': { x: 0, y: 0 },
  'top-right': { x: 1, y: 0 },
  'bottom-left': { x: 0, y: 1 },
  'bottom-right': { x: 1, y: 1 },
  centre: { x: 0.5, y: 0.5 },
};

/**
 * Most pixels of a scaled picture that are held at once. What is larger, as a panorama is, is decoded once for each crop
 * or each band of crops, so that nothing between them is ever held. A 3:2 photograph at 1,600 pixels still fits.
 */
const MOST_PIXELS = 4_000_000;

/**
 * Decodes a picture once a scale and cuts it.
 *
 * Along an axis of n scaled pixels a crop begins at 0, at `n − size`, or, in the middle, at `(n − size + 1) // 2`. Where the
 * picture is enlarged, crops hug its edges and sit on its exact centre, between two pixels if need be.
 *
 * @param source  a path, or the bytes of a file. Borrowed.
 * @param sizePx  side of the crops.
 * @returns       never throws for a bad picture: the reason is a value.
 * @see torchvision.transforms.FiveCrop, whose corners are these; its centre is one pixel before ours where `n − size` is an
 *      odd number 4k + 1, since it rounds halves to even.
 */
export async function decodeCrops(
  source: string | Buffer,
  sizePx: number,
  orders: readonly CropOrder[],
): Promise<DecodedCrops> {
  const crops = orders.map(() => new Map<CropPlace, Uint8Array>());
  const parts: (Part & { readonly orderIndex: number })[] = [];
  const rendered = await renderShapes(source, (size) => {
    for (const [orderIndex, order] of orders.entries())
      parts.push(...partsOf(order, sizePx, size).map((part) => ({ ...part, orderIndex })));
    return parts.map(({ shape }) => shape);
  });
  if (!rendered.ok) return rendered;
  for (const [index, { data, info }] of rendered.renderings.entries()) {
    if (info.channels !== 3) return refuse(skipReasons.say('channels', { count: info.channels }));
    const { orderIndex, places, cut } = parts[index] as (typeof parts)[number]; // as: a rendering a part
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    for (const place of places) crops[orderIndex]?.set(place, cut(pixels, info, place));
  }
  return { ok: true, crops };
}

/** Crops that are cut from one rendering. */
interface Part {
  readonly places: readonly CropPlace[];
  readonly shape: Shape;
  readonly cut: (pixels: Uint8Array, size: PictureSize, place: CropPlace) => Uint8Array;
}

function partsOf(order: CropOrder, sizePx: number, size: PictureSize): Part[] {
  const isSmall = Math.min(size.width, size.height) < order.scalePx;
  return isSmall ? enlargedParts(order, sizePx, size) : shrunkParts(order, sizePx, size);
}

/** From the scaled picture as a whole, or from bands across it that are as wide as a crop. */
function shrunkParts(order: CropOrder, sizePx: number, { width, height }: PictureSize): Part[] {
  const { scalePx, places } = order;
  const isWide = width > height;
  const alongOf = (place: CropPlace): Along => (isWide ? ALONG[place].x : ALONG[place].y);
  const used = [...new Set(places.map(alongOf))];
  const scaledPixels = (scalePx ** 2 * Math.max(width, height)) / Math.min(width, height);
  const cut: Part['cut'] = (pixels, scaled, place) => cutSquare(pixels, scaled, ALONG[place], sizePx);
  if (used.length > 1 && scaledPixels <= MOST_PIXELS) {
    const whole = isWide ? { height: scalePx } : { width: scalePx };
    return [{ places, cut, shape: (picture) => picture.resize({ ...whole, kernel: 'linear' }).raw() }];
  }
  return used.map((along) => {
    const band = isWide ? { width: sizePx, height: scalePx } : { width: scalePx, height: sizePx };
    const position = (isWide ? ['left', 'centre', 'right'] : ['top', 'centre', 'bottom'])[along * 2] ?? 'centre';
    return {
      places: places.filter((place) => alongOf(place) === along),
      cut,
      shape: (picture) => picture.resize({ ...band, fit: 'cover', position, kernel: 'linear' }).raw(),
    };
  });
}

function cutSquare(
  pixels: Uint8Array,
  { width, height }: PictureSize,
  { x, y }: { readonly x: Along; readonly y: Along },
  sizePx: number,
): Uint8Array {
  const [left, top] = [Math.ceil((width - sizePx) * x), Math.ceil((height - sizePx) * y)];
  const square = new Uint8Array(sizePx * sizePx * 3);
  for (let row = 0; row < sizePx; row++) {
    const from = ((top + row) * width + left) * 3;
    square.set(pixels.subarray(from, from + sizePx * 3), row * sizePx * 3);
  }
  return square;
}

/** From the picture as it is, of which each crop enlarges a square. */
function enlargedParts(order: CropOrder, sizePx: number, { width, height }: PictureSize): Part[] {
  const { scalePx, places } = order;
  const side = (sizePx * Math.min(width, height)) / scalePx;
  const squareOf = (place: CropPlace): Square => {
    const { x, y } = ALONG[place];
    return { left: (width - side) * x, top: (height - side) * y, side };
  };
  const together = regionAround(places.map(squareOf), width, height);
  const groups = together.width * together.height <= MOST_PIXELS ? [places] : places.map((place) => [place]);
  return groups.map((group) => {
    const region = regionAround(group.map(squareOf), width, height);
    return {
      places: group,
      shape: (picture) => picture.extract(region).raw(),
      cut: (pixels, _, place) => enlargeSquare(pixels, region, squareOf(place), sizePx),
    };
  });
}
