/**
 * Rounds float32 values to IEEE 754 half floats, to the nearest and to the even one of two equally near, as ONNX's Cast does.
 * What is too large becomes infinite.
 *
 * @returns  the bits of each half float. The caller's.
 */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bits.length);
  for (let index = 0; index < bits.length; index++) halves[index] = halfOf(bits[index] ?? 0);
  return halves;
}

/** Exponent fields of float32, shifted to their place: the smallest of a normal half, and the first that is beyond all halves. */
const SMALLEST_NORMAL = (127 - 14) << 23;
const TOO_LARGE = 0x477ff000; // 65,520, half-way between the largest half and what would follow it
const INFINITE = 0xff << 23;

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > INFINITE) return sign | 0x7e00; // not a number
  if (magnitude >= TOO_LARGE) return sign | 0x7c00;
  if (magnitude < SMALLEST_NORMAL) return sign | subnormalOf(magnitude);
  // The lowest of the ten fraction bits that stay decides a tie; a carry runs into the exponent, as it should.
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded >>> 13) - ((127 - 15) << 10));
}

/** In units of 2⁻²⁴, the distance between halves near zero. */
function subnormalOf(magnitude: number): number {
  const exponent = magnitude >>> 23;
  if (exponent < 127 - 25) return 0;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const drop = 126 - exponent; // 14 to 24 bits
  const kept = fraction >>> drop;
  const dropped = fraction & ((1 << drop) - 1);
  const half = 1 << (drop - 1);
  return dropped > half || (dropped === half && (kept & 1) === 1) ? kept + 1 : kept;
}
