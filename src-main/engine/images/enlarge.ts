/** Part of a picture, in whole pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A square in a picture, in its pixels; it may begin between two. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** The square of a picture's shorter side, in the middle of the longer one. */
export function centreSquare(width: number, height: number): Square {
  const side = Math.min(width, height);
  return { left: (width - side) / 2, top: (height - side) / 2, side };
}

/**
 * Squares of a picture with the pixels around them that bilinear sampling looks at.
 *
 * Pictures smaller than the target take this way, because libvips places the grid of an enlarged picture half an output
 * pixel off the centre; so theirs equals `PIL.ImageOps.fit(picture, (S, S), BILINEAR)` to one grey level.
 *
 * @param squares  at least one.
 */
export function regionAround(squares: readonly Square[], width: number, height: number): Region {
  const across = squares.map(({ left, side }) => axisRegion(left, side, width));
  const down = squares.map(({ top, side }) => axisRegion(top, side, height));
  const first = (spans: readonly Span[]) => Math.min(...spans.map(({ from }) => from));
  const last = (spans: readonly Span[]) => Math.max(...spans.map(({ to }) => to));
  const [left, top] = [first(across), first(down)];
  return { left, top, width: last(across) - left, height: last(down) - top };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function axisRegion(start: number, side: number, length: number): Span {
  return { from: Math.max(0, Math.floor(start) - 1), to: Math.min(length, Math.ceil(start + side) + 1) };
}

/**
 * Enlarges a square to sizePx × sizePx, bilinear.
 *
 * @param pixels  uint8 [region.height, region.width, 3]. Borrowed.
 * @param region  as `regionAround` made it, of this square among others.
 * @returns       uint8 [sizePx, sizePx, 3].
 */
export function enlargeSquare(pixels: Uint8Array, region: Region, square: Square, sizePx: number): Uint8Array {
  const columns = samplesOf(square.left - region.left, square.side, region.width, sizePx);
  const rows = samplesOf(square.top - region.top, square.side, region.height, sizePx);
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
