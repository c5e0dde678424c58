import { beforeAll, expect, test } from 'vitest';
import { crossValidate, rightRows } from '../../../../src-main/engine/choose/cross-validate.ts';
import { loadEverywhere } from '../../../../src-main/engine/compute/tensorflow.ts';
import { countLeakedTensors } from '../../../helpers/backend.ts';
import { probeExamples } from '../../../helpers/probe-examples.ts';

beforeAll(() => loadEverywhere());

test('a linear probe is cross-validated on WebAssembly too', async () => {
  const plan = { imageCount: 60, classCount: 3, featureCount: 12, separation: 2, taskSeed: 1, noiseSeed: 1 };
  const leaked = await countLeakedTensors(async () => {
    const answers = [...rightRows(await crossValidate(probeExamples(plan), { seed: 0 })).values()];
    expect(answers.filter(Boolean).length / answers.length).toBeGreaterThan(0.95);
  });
  expect(leaked).toBe(0);
});
