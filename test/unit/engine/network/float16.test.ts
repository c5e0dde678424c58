import { expect, test } from 'vitest';
import { openOnnx } from '../../../../src-main/engine/compute/onnx-runtime.ts';
import { toFloat16 } from '../../../../src-main/engine/network/float16.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { toOnnx } from '../../../../src-main/engine/network/onnx.ts';
import { createRandom } from '../../../../src-main/engine/random.ts';

test('rounds values of a half float by hand: ties to even, and too large ones to infinity', () => {
  const values = [0, -0, 1, -2, 1 / 3, 65504, 65519.99, 65520, -1e9, 2 ** -24, 2 ** -25, 2 ** -25 * 1.01, 3 * 2 ** -25];
  const bits = [0, 0x8000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x7bff, 0x7c00, 0xfc00, 1, 0, 1, 2];
  expect([...toFloat16(Float32Array.from(values))]).toEqual(bits);
  expect([...toFloat16(Float32Array.of(NaN, Infinity, -Infinity))]).toEqual([0x7e00, 0x7c00, 0xfc00]);
});

test('rounds any value as ONNX Runtime does', async () => {
  // Adds its input to itself, which is exact, and casts that.
  const network: Network = {
    nodes: [
      { op: 'input', name: 'pixels', inputs: [], shape: [64, 64, 3], mean: 0, scale: 1 },
      { op: 'add', name: 'twice', inputs: ['pixels', 'pixels'] },
    ],
  };
  const random = createRandom(8);
  const count = 64 * 64 * 3;
  const bits = Uint32Array.from({ length: count }, () => {
    const exponent = 95 + Math.floor(random() * 60); // from what becomes zero to what becomes infinite
    const fraction = random() < 0.5 ? Math.floor(random() * 0x800) << 12 : Math.floor(random() * 0x800000); // half are ties
    return ((random() < 0.5 ? 0x80000000 : 0) | (exponent << 23) | fraction) >>> 0;
  });
  const values = new Float32Array(bits.buffer);
  const session = await openOnnx(toOnnx(network, { pixels: 'float32-nchw', output: 'float16-nhwc' }), {
    output: 'float16',
  });
  const nhwc = await session.run(values, [1, 3, 64, 64]);
  await session.dispose();
  const fromOnnx = Uint16Array.from({ length: count }, (_, at) => nhwc[(at % 4096) * 3 + Math.floor(at / 4096)] ?? 0);
  expect(toFloat16(values.map((value) => value * 2))).toEqual(fromOnnx);
});
