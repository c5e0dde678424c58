import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { loadNative } from '../../../../src-main/engine/compute/tensorflow.ts';
import {
  REFERENCE_BACKBONES,
  compareDescent,
  compareGradients,
  installedBackbone,
  measureGrowth,
} from '../../../helpers/gradients.ts';

/** Whether set-up built the native backend on this machine. */
function hasNative(): boolean {
  try {
    loadNative();
    return true;
  } catch (error) {
    process.stderr.write(`Skipping training on the native backend: ${String(error)}\n`);
    return false;
  }
}
const isNative = hasNative();

describe.each(REFERENCE_BACKBONES)('Training a tail on the native backend, %s', async (id) => {
  const backbone = await installedBackbone(id);
  const isClose = ({ kernel, bias }: { kernel: number; bias: number }) => kernel < 1e-4 && bias < 1e-4;

  test.skipIf(!backbone || !isNative).each([
    { from: 'the pixels', which: 'all' },
    { from: 'the default cut', which: 'fromCut' },
  ] as const)('has the gradients of PyTorch at every node from $from on', ({ which }) => {
    expect(tf.getBackend()).toBe('tensorflow');
    const { loss, nodes } = compareGradients(backbone!, which);
    expect(loss).toBeLessThan(1e-5);
    expect(nodes.filter((node) => !isClose(node))).toEqual([]);
  });

  test.skipIf(!backbone || !isNative)('has the losses and weights of PyTorch over 20 steps of AdamW', () => {
    const { losses, nodes } = compareDescent(backbone!);
    expect(losses.filter((error) => !(error < 1e-4))).toEqual([]);
    expect(nodes.filter((node) => !isClose(node))).toEqual([]);
  });
});

describe('Training a tail on the native backend', async () => {
  const backbone = await installedBackbone('efficientnet_lite0');

  test.skipIf(!backbone || !isNative)('takes a thousand steps without growing', { timeout: 180_000 }, () => {
    const { before, after } = measureGrowth(backbone!, 1000);
    expect(after).toEqual(before);
  });
});
