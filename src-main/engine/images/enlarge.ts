/** Part of a picture, in whole pixels; `start` is where its centre square begins in it, as a fraction. */
export interface CentreRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The centre square of a picture with the pixels around it that bilinear sampling looks at.
 *
 * Pictures smaller than the target take this way, because libvips places the grid of an enlarged picture half an output
 * pixel off the centre; so theirs equals `PIL.ImageOps.fit(picture, (S, S), BILINEAR)` to one grey level.
 */
export function centreRegion(width: number, height: number): CentreRegion {
  const side = Math.min(width, height);
  const [x, y] = [axisRegion(width, side), axisRegion(height, side)];
  return { left: x.from, top: y.from, width: x.to - x.from, height: y.to - y.from };
}

function axisRegion(length: number, side: number): { from: number; to: number } {
  const start = (length - side) / 2;
  return { from: Math.max(0, Math.floor(start) - 1), to: Math.min(length, Math.ceil(start + side) + 1) };
}

/**
 * Enlarges the centre square of a region to sizePx × sizePx, bilinear.
 *
 * @param pixels  uint8 [region.height, region.width, 3]. Borrowed.
 * @param region  as `centreRegion(width, height)` made it.
 * @returns       uint8 [sizePx, sizePx, 3].
 */
export function enlargeSquare(
  pixels: Uint8Array,
  region: CentreRegion,
  { width, height, sizePx }: { readonly width: number; readonly height: number; readonly sizePx: number },
): Uint8Array {
  const side = Math.min(width, height);
  const columns = samplesOf((width - side) / 2 - region.left, side, region.width, sizePx);
  const rows = samplesOf((height - side) / 2 - region.top, side, region.height, sizePx);
  const enlarged = new Uint8Array(sizePx * sizePx * 3);
  const stride = region.width * 3;
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let channel = 0; channel < 3; channel++) {
        const value = (y: number, x: number) => pixels[y * stride + x * 3 + channel] ?? 0;
        const upper = value(row.low, column.low) * (1 - column.weight) + value(row.low, column.high) * column.weight;
        const lower = value(row.high, column.low) * (1 - column.weight) + value(row.high, column.high) * column.weight;
        enlarged[at++] = Math.round(upper * (1 - row.weight) + lower * row.weight);
      }
    }
  }
  return enlarged;
}

interface Sample {
  readonly low: number;
  readonly high: number;
  /** Of `high`. */
  readonly weight: number;
}

/** Between which two pixels the centre of each output pixel lies; the edge repeats. */
function samplesOf(start: number, side: number, length: number, sizePx: number): Sample[] {
  return Array.from({ length: sizePx }, (_, index) => {
    const position = start + ((index + 0.5) * side) / sizePx - 0.5;
    const low = Math.floor(position);
    const clamp = (pixel: number) => Math.min(Math.max(pixel, 0), length - 1);
    return { low: clamp(low), high: clamp(low + 1), weight: position - low };
  });
}
