/** Heads on the WebAssembly backend; a process has one backend. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { TrainConfig } from '../../../../src-main/contract/training.ts';
import { loadEverywhere } from '../../../../src-main/engine/compute/tensorflow.ts';
import { trainHead, trainHeads } from '../../../../src-main/engine/train/train-heads.ts';
import { countLeakedTensors } from '../../../helpers/backend.ts';
import { relativeError } from '../../../helpers/random-network.ts';
import { readReferenceHeads, referenceData, trainReferenceHead } from '../../../helpers/reference-heads.ts';

beforeAll(loadEverywhere);

test.each(readReferenceHeads())('on WebAssembly a head trains as in PyTorch, case %#', async (wanted) => {
  expect(tf.getBackend()).toBe('wasm');
  const { bestEpoch, difference } = await trainReferenceHead(wanted);
  expect(bestEpoch).toBe(wanted.bestEpoch);
  expect(difference).toBeLessThan(1e-4);
});

test('on WebAssembly a stack of heads equals each alone, turned features or not, and leaves no tensor behind', async () => {
  const [first] = readReferenceHeads().map(({ config }) => config);
  const configs = [first!, { ...first!, learningRate: 0.01 }, { ...first!, seed: 7 }];
  const leaked = await countLeakedTensors(async () => {
    await expectEachAlike(configs);
    await expectEachAlike(configs.map((config) => ({ ...config, embeddingPreprocessing: 'whiten', pcaComponents: 4 })));
  });
  expect(leaked).toBe(0);

  async function expectEachAlike(configs: readonly TrainConfig[]): Promise<void> {
    const together = await trainHeads(referenceData(), configs);
    for (const [index, config] of configs.entries()) {
      const alone = await trainHead(referenceData(), config);
      expect(together[index]!.bestEpoch).toBe(alone.bestEpoch);
      expect(relativeError(together[index]!.head!.kernel.values, alone.head.kernel.values)).toBeLessThan(1e-5);
    }
  }
});
