/**
 * Numbers in two bytes: float16 (IEEE binary16: 11 bits of precision, up to 65,504) and bfloat16 (the upper half of a
 * float32: 8 bits of precision, its whole range). Arrays of either are Uint16Arrays of their bits.
 *
 * Encoding rounds to the nearest, ties to even, as NumPy and ONNX Runtime do, but for one thing: a finite value beyond the
 * largest becomes the largest instead of infinity, since one infinite activation turns a whole run into NaN. Infinities
 * and NaN of the network itself stay what they are, so that a broken network is seen.
 *
 * Decoding is in the training loop, 2.4 million values a step, in about 2 ms: loops are written out by four, which measured
 * 1.1 (float16) and more than 2 times (bfloat16) faster than one value a turn. Encoding as many takes 6 ms.
 */

const LARGEST_FLOAT16 = 0x7bff;
const LARGEST_BFLOAT16 = 0x7f7f;
const LARGEST_BFLOAT16_BITS = 0x7f7f0000;
const INFINITY_BITS = 0x7f800000;
/** 2^-14, the smallest normal float16, as the bits of a float32. */
const SMALLEST_NORMAL_BITS = 0x38800000;
/** 2^23: a float32 at least this large has no fraction left, so that adding it rounds to whole numbers, ties to even. */
const ROUNDS_TO_WHOLE = 2 ** 23;

/**
 * @param values  Borrowed.
 * @param target  the bits of as many float16 values. Borrowed.
 */
export function encodeFloat16(values: Float32Array, target: Uint16Array): void {
  const bits = bitsOf(values);
  for (let index = 0; index < bits.length; index++) {
    const value = bits[index] ?? 0;
    target[index] = ((value >>> 16) & 0x8000) | magnitudeToFloat16(value & 0x7fffffff);
  }
}

function magnitudeToFloat16(bits: number): number {
  if (bits < SMALLEST_NORMAL_BITS) return bits === 0 ? 0 : subnormalToFloat16(bits);
  const rounded = (bits - 0x38000000 + 0xfff + ((bits >> 13) & 1)) >> 13; // another exponent bias; half of the lost bits
  if (rounded <= LARGEST_FLOAT16) return rounded;
  if (bits < INFINITY_BITS) return LARGEST_FLOAT16;
  return bits === INFINITY_BITS ? 0x7c00 : 0x7e00;
}

const scratch = new Float32Array(1);
const scratchBits = new Int32Array(scratch.buffer);

/** Below 2^-14 a float16 counts steps of 2^-24. */
function subnormalToFloat16(bits: number): number {
  scratchBits[0] = bits;
  return Math.fround((scratch[0] ?? 0) * 2 ** 24 + ROUNDS_TO_WHOLE) - ROUNDS_TO_WHOLE;
}

/**
 * @param halves  bits of float16 values. Borrowed.
 * @param target  as many float32 values. Borrowed.
 */
export function decodeFloat16(halves: Uint16Array, target: Float32Array): void {
  const table = (float16Table ??= makeFloat16Table());
  const byFour = halves.length & ~3;
  for (let index = 0; index < byFour; index += 4) {
    target[index] = table[halves[index] ?? 0] ?? 0;
    target[index + 1] = table[halves[index + 1] ?? 0] ?? 0;
    target[index + 2] = table[halves[index + 2] ?? 0] ?? 0;
    target[index + 3] = table[halves[index + 3] ?? 0] ?? 0;
  }
  for (let index = byFour; index < halves.length; index++) target[index] = table[halves[index] ?? 0] ?? 0;
}

let float16Table: Float32Array | null = null;

/** The value of each of the 65,536 patterns. */
function makeFloat16Table(): Float32Array {
  return Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

/**
 * @param values  Borrowed.
 * @param target  the bits of as many bfloat16 values. Borrowed.
 */
export function encodeBfloat16(values: Float32Array, target: Uint16Array): void {
  const bits = bitsOf(values);
  for (let index = 0; index < bits.length; index++) {
    const value = bits[index] ?? 0;
    target[index] = ((value >>> 16) & 0x8000) | magnitudeToBfloat16(value & 0x7fffffff);
  }
}

function magnitudeToBfloat16(bits: number): number {
  if (bits < LARGEST_BFLOAT16_BITS) return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  if (bits < INFINITY_BITS) return LARGEST_BFLOAT16;
  return bits === INFINITY_BITS ? 0x7f80 : 0x7fc0;
}

/**
 * @param halves  bits of bfloat16 values. Borrowed.
 * @param target  as many float32 values. Borrowed.
 */
export function decodeBfloat16(halves: Uint16Array, target: Float32Array): void {
  const bits = bitsOf(target);
  const byFour = halves.length & ~3;
  for (let index = 0; index < byFour; index += 4) {
    bits[index] = (halves[index] ?? 0) << 16;
    bits[index + 1] = (halves[index + 1] ?? 0) << 16;
    bits[index + 2] = (halves[index + 2] ?? 0) << 16;
    bits[index + 3] = (halves[index + 3] ?? 0) << 16;
  }
  for (let index = byFour; index < halves.length; index++) bits[index] = (halves[index] ?? 0) << 16;
}

/** The values' own memory, as bits; signed, since the engine computes with unsigned ones as with fractions, at half the speed. */
function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}
