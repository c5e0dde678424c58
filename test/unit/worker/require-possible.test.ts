import { describe, expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../../../src-main/contract/training.ts';
import { backboneOf } from '../../../src-main/worker/backbone-of.ts';
import { requirePossible } from '../../../src-main/worker/require-possible.ts';

async function check(changes: Partial<TrainConfig>, classCount = 3) {
  const config = { ...DEFAULT_TRAIN_CONFIG, ...changes };
  const backbone = await backboneOf({ ...config, mode: 'scratch' }, classCount);
  requirePossible({ config, backbone, classCount, trainingCount: 40 });
}

const mixing = { alpha: 1, probability: 0.5 };

describe('before a training', () => {
  test.each<[string, Partial<TrainConfig>, string, string]>([
    ['more axes than pictures', { embeddingPreprocessing: 'pca', pcaComponents: 41 }, 'setting/out-of-range', '41'],
    ['CutMix of embeddings', { cutmix: mixing }, 'setting/out-of-range', 'cutmix.probability 0.5'],
  ])('%s is refused', async (_, changes, code, text) => {
    await expect(check(changes)).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string });
  });

  test('mixing within one class is refused', async () => {
    const refused = {
      code: 'setting/out-of-range',
      details: { setting: 'mixup.probability', value: 0.5, allowed: '0' },
    };
    await expect(check({ mixup: mixing }, 1)).rejects.toMatchObject(refused);
  });

  test('stochastic depth of what has no residual branch is refused, with an earlier cut where that would do', async () => {
    const { network, ...scratch } = await backboneOf({ ...DEFAULT_TRAIN_CONFIG, mode: 'scratch' }, 3);
    const [firstAdd, secondAdd] = network.nodes.flatMap(({ op }, index) => (op === 'add' ? [index] : []));
    const checkUntil = (end: number | undefined, cut: string) => {
      const config = { ...DEFAULT_TRAIN_CONFIG, mode: 'upper', cut, tuneStochasticDepth: 0.2 } as const;
      const backbone = { ...scratch, network: { nodes: network.nodes.slice(0, end) } };
      requirePossible({ config, backbone, classCount: 3, trainingCount: 40 });
    };
    const first = 'stage_1_block_1_conv_1';
    const refused = (instead: string) =>
      expect.objectContaining({
        code: 'setting/out-of-range',
        message: expect.stringMatching(
          `^tuneStochasticDepth 0.2 cannot be used: .* Set it to 0, or ${instead}`,
        ) as string,
      }) as Error;
    expect(() => checkUntil(firstAdd, first)).toThrow(refused('take a backbone that has some'));
    expect(() => checkUntil(secondAdd, 'stage_1_block_2_conv_1')).toThrow(
      refused(`let more of it learn, from ${first} on`),
    );
    checkUntil(secondAdd, first);
  });

  test('what can be done is let through', async () => {
    await check({ mode: 'scratch', pixelPreprocessing: 'whiten', cutmix: mixing });
    await check({ mode: 'upper', cutmix: mixing, mixup: mixing });
  });
});
