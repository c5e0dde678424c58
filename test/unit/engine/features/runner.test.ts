import { beforeAll, expect, test, vi } from 'vitest';
import type * as onnxRuntime from '../../../../src-main/engine/compute/onnx-runtime.ts';
import { openRunner } from '../../../../src-main/engine/features/runner.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';

const onnx = vi.hoisted(() => ({ isMissing: false }));
vi.mock('../../../../src-main/engine/compute/onnx-runtime.ts', async (original) => {
  const actual = await original<typeof onnxRuntime>();
  return { ...actual, findOnnxRuntime: () => (onnx.isMissing ? Promise.resolve(null) : actual.findOnnxRuntime()) };
});
beforeAll(loadTestBackend);

/** Averages the channels of a 2×2 picture and weighs them. Hand-worked below. */
const network: Network = {
  nodes: [
    { op: 'input', name: 'pixels', inputs: [], shape: [2, 2, 3], mean: 10, scale: 0.5 },
    { op: 'globalAveragePool', name: 'embedding', inputs: ['pixels'] },
    {
      op: 'dense',
      name: 'logits',
      inputs: ['embedding'],
      kernel: { shape: [3, 2], values: Float32Array.from([1, 0, 0, 1, 2, -1]) },
      bias: { shape: [2], values: Float32Array.from([0.5, 0]) },
    },
  ],
};
// Channel means 10, 20, 30 and 12, 22, 32; normalised 0, 5, 10 and 1, 6, 11; weighed 20.5, −5 and 23.5, −5.
const pixels = Uint8Array.from(
  [...Array<number[]>(4).fill([10, 20, 30]), ...Array<number[]>(4).fill([12, 22, 32])].flat(),
);

test.each([false, true])('a network answers the same with ONNX Runtime missing: %s', async (isMissing) => {
  onnx.isMissing = isMissing;
  const leaked = await countLeakedTensors(async () => {
    const runner = await openRunner(network);
    expect(runner.outputCount).toBe(2);
    expect([...(await runner.run(pixels, 2))]).toEqual([20.5, -5, 23.5, -5]);
    await runner.dispose();
  });
  expect(leaked).toBe(0);
});

test.each([false, true])(
  'a trunk gives half floats as [height, width, channels] with ONNX Runtime missing: %s',
  async (isMissing) => {
    onnx.isMissing = isMissing;
    const trunk: Network = {
      nodes: [
        { op: 'input', name: 'pixels', inputs: [], shape: [2, 2, 3], mean: 10, scale: 0.5 },
        { op: 'activation', name: 'positive', inputs: ['pixels'], activation: 'relu' },
      ],
    };
    const runner = await openRunner(trunk, { output: 'float16', competes: false });
    expect(runner.outputShape).toEqual([2, 2, 3]);
    const halves = await runner.run(Uint8Array.of(10, 12, 14, 16, 18, 20, 0, 0, 0, 11, 13, 15), 1);
    await runner.dispose();
    // 0, 1, 2, 3, 4, 5, three of nothing, 0.5, 1.5, 2.5
    const expected = [0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0, 0, 0, 0x3800, 0x3e00, 0x4100];
    expect(halves).toEqual(Uint16Array.from(expected));
  },
);
