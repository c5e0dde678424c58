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
  const rowLength = sizePx * 3;
  const enlarged = new Uint8Array(sizePx * rowLength);
  // Each row of the picture is widened once, and stands in several rows of the result.
  let above = { row: -1, values: new Float64Array(rowLength) };
  let below = { row: -1, values: new Float64Array(rowLength) };
  for (let y = 0; y < sizePx; y++) {
    const [low = 0, high = 0, down = 0] = [rows.low[y], rows.high[y], rows.weight[y]];
    if (below.row === low) [above, below] = [below, above];
    if (above.row !== low) widenRow(pixels.subarray(low * region.width * 3), columns, above.values);
    if (below.row !== high) widenRow(pixels.subarray(high * region.width * 3), columns, below.values);
    [above.row, below.row] = [low, high];
    const [upper, lower] = [above.values, below.values];
    const target = enlarged.subarray(y * rowLength, (y + 1) * rowLength);
    for (let at = 0; at < rowLength; at++) {
      target[at] = (upper[at] ?? 0) * (1 - down) + (lower[at] ?? 0) * down + 0.5; // the array cuts off what is behind the point
    }
  }
  return enlarged;
}

/** @param row  uint8 [width, 3], and more behind. @param wide  [sizePx, 3]. Written. */
function widenRow(row: Uint8Array, { low, high, weight }: Samples, wide: Float64Array): void {
  let at = 0;
  for (let x = 0; x < weight.length; x++) {
    const left = (low[x] ?? 0) * 3;
    const right = (high[x] ?? 0) * 3;
    const across = weight[x] ?? 0;
    for (let channel = 0; channel < 3; channel++)
      wide[at++] = (row[left + channel] ?? 0) * (1 - across) + (row[right + channel] ?? 0) * across;
  }
}

/** Between which two pixels the centre of each output pixel lies, and how much the higher one weighs. */
interface Samples {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
}

/** The edge repeats. */
function samplesOf(start: number, side: number, length: number, sizePx: number): Samples {
  const samples = { low: new Int32Array(sizePx), high: new Int32Array(sizePx), weight: new Float64Array(sizePx) };
  for (let index = 0; index < sizePx; index++) {
    const position = start + ((index + 0.5) * side) / sizePx - 0.5;
    const low = Math.floor(position);
    samples.low[index] = Math.min(Math.max(low, 0), length - 1);
    samples.high[index] = Math.min(Math.max(low + 1, 0), length - 1);
    samples.weight[index] = position - low;
  }
  return samples;
}
