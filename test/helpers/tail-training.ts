import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  REFERENCE_BACKBONES,
  compareDescent,
  compareGradients,
  installedBackbone,
  measureGrowth,
} from './gradients.ts';

/**
 * Declares what training a tail has to fulfil on any backend: gradients and descent of PyTorch, and no growth. A process has
 * one backend, so that each has a test file of its own.
 *
 * @param tier  for the tests' names
 * @param backend  TF.js' name of the backend, which the file has set up
 * @param isHere  false skips the tests
 */
export function describeTailTraining(tier: string, backend: string, isHere = true): void {
  const isClose = ({ kernel, bias }: { kernel: number; bias: number }) => kernel < 1e-4 && bias < 1e-4;

  describe.each(REFERENCE_BACKBONES)(`Training a tail on the ${tier} backend, %s`, async (id) => {
    const backbone = await installedBackbone(id);

    test.skipIf(!backbone || !isHere).each([
      { from: 'the pixels', which: 'all' },
      { from: 'the default cut', which: 'fromCut' },
    ] as const)('has the gradients of PyTorch at every node from $from on', ({ which }) => {
      expect(tf.getBackend()).toBe(backend);
      const { loss, nodes } = compareGradients(backbone!, which);
      expect(loss).toBeLessThan(1e-5);
      expect(nodes.filter((node) => !isClose(node))).toEqual([]);
    });

    test.skipIf(!backbone || !isHere)('has the losses and weights of PyTorch over 20 steps of AdamW', () => {
      const { losses, nodes } = compareDescent(backbone!);
      expect(losses.filter((error) => !(error < 1e-4))).toEqual([]);
      expect(nodes.filter((node) => !isClose(node))).toEqual([]);
    });
  });

  describe(`Training a tail on the ${tier} backend`, async () => {
    const backbone = await installedBackbone('efficientnet_lite0');

    test.skipIf(!backbone || !isHere)('takes a thousand steps without growing', { timeout: 180_000 }, () => {
      const { before, after } = measureGrowth(backbone!, 1000);
      expect(after).toEqual(before);
    });
  });
}
