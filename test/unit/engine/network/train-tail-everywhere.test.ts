import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadEverywhere } from '../../../../src-main/engine/compute/tensorflow.ts';
import {
  REFERENCE_BACKBONES,
  compareDescent,
  compareGradients,
  installedBackbone,
  measureGrowth,
} from '../../../helpers/gradients.ts';

beforeAll(loadEverywhere);

describe.each(REFERENCE_BACKBONES)('Training a tail on the WebAssembly backend, %s', async (id) => {
  const backbone = await installedBackbone(id);
  const isClose = ({ kernel, bias }: { kernel: number; bias: number }) => kernel < 1e-4 && bias < 1e-4;

  test.skipIf(!backbone).each([
    { from: 'the pixels', which: 'all' },
    { from: 'the default cut', which: 'fromCut' },
  ] as const)('has the gradients of PyTorch at every node from $from on', ({ which }) => {
    expect(tf.getBackend()).toBe('wasm');
    const { loss, nodes } = compareGradients(backbone!, which);
    expect(loss).toBeLessThan(1e-5);
    expect(nodes.filter((node) => !isClose(node))).toEqual([]);
  });

  test.skipIf(!backbone)('has the losses and weights of PyTorch over 20 steps of AdamW', () => {
    const { losses, nodes } = compareDescent(backbone!);
    expect(losses.filter((error) => !(error < 1e-4))).toEqual([]);
    expect(nodes.filter((node) => !isClose(node))).toEqual([]);
  });
});

describe('Training a tail on the WebAssembly backend', async () => {
  const backbone = await installedBackbone('efficientnet_lite0');

  test.skipIf(!backbone)('takes a thousand steps without growing', { timeout: 180_000 }, () => {
    const { before, after } = measureGrowth(backbone!, 1000);
    expect(after).toEqual(before);
  });
});
