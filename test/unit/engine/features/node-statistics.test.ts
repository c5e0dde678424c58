import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import * as onnxRuntime from '../../../../src-main/engine/compute/onnx-runtime.ts';
import { measureNodes } from '../../../../src-main/engine/features/node-statistics.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { everyNodeNetwork } from '../../../helpers/classifiers.ts';
import { randomPixels } from '../../../helpers/random-network.ts';

vi.mock(import('../../../../src-main/engine/compute/onnx-runtime.ts'), { spy: true });
beforeAll(loadTestBackend);
afterEach(() => vi.restoreAllMocks());

const SIZE = 17;
const COUNT = 20; // more than a batch
const NODES = ['pixels', 'stem_relu6', 'sum', 'embedding', 'logits'];
const network = everyNodeNetwork({ size: SIZE });
const pixels = randomPixels(4, COUNT * SIZE * SIZE * 3);

/** Node by node, from all pictures at once. */
function expected(node: string) {
  return tf.tidy(() => {
    const input = tf.tensor4d(pixels, [COUNT, SIZE, SIZE, 3], 'int32');
    const output = forward(network, input, { until: node });
    const values = [...output.dataSync()];
    const channels = output.shape.at(-1)!;
    const means = Array.from({ length: channels }, (_, channel) => {
      const own = values.filter((_value, at) => at % channels === channel);
      return own.reduce((sum, value) => sum + value, 0) / own.length;
    });
    return { low: Math.min(...values), high: Math.max(...values), means };
  });
}

test.each(['ONNX Runtime', 'tfjs'])('%s finds ranges and means of nodes, and nothing leaks', async (engine) => {
  if (engine === 'tfjs') vi.mocked(onnxRuntime.findOnnxRuntime).mockResolvedValue(null);
  const folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  try {
    const area = SIZE * SIZE * 3;
    const pictures = Array.from({ length: COUNT }, (_, index) => ({ file: join(folder, `${index}.png`) }));
    for (const [index, { file }] of pictures.entries()) {
      const raw = { width: SIZE, height: SIZE, channels: 3 as const };
      await sharp(pixels.subarray(index * area, (index + 1) * area), { raw })
        .png()
        .toFile(file);
    }
    const before = tf.memory().numTensors;
    const found = await measureNodes(network, NODES, [...pictures, { file: join(folder, 'none.png') }], {
      imageSize: SIZE,
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(found.pictureCount).toBe(COUNT);
    expect([...found.statistics.keys()]).toEqual(NODES);
    for (const node of NODES) {
      const { low, high, means } = found.statistics.get(node)!;
      const reference = expected(node);
      expect(low).toBeCloseTo(reference.low, 4);
      expect(high).toBeCloseTo(reference.high, 4);
      expect(means).toHaveLength(reference.means.length);
      means.forEach((mean, channel) => expect(mean).toBeCloseTo(reference.means[channel]!, 4));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
