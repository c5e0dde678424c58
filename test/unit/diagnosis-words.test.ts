import { expect, test } from 'vitest';
import { diagnosisLines } from '../../src-main/cli/diagnosis-words.ts';
import type { DiagnosticsSummary } from '../../src-main/contract/diagnostics.ts';

const healthy: DiagnosticsSummary = {
  initialLoss: { loss: 1.14, expected: Math.log(3) },
  activations: ['relu'],
  worstDead: { layer: 'hidden_1', activation: 'relu', share: 0.02 },
  worstSaturated: null,
  sparsity: 0.03,
};

test('nothing is said where all is well, or where nothing is known', () => {
  expect(diagnosisLines(healthy)).toEqual([]);
  expect(diagnosisLines(undefined)).toEqual([]);
  expect(diagnosisLines({ ...healthy, initialLoss: null, worstDead: null })).toEqual([]);
});

test.each<[Partial<DiagnosticsSummary>, string]>([
  [
    { initialLoss: { loss: 41.337, expected: Math.log(3) } },
    'The first loss was 41.34, where guessing among 3 classes has 1.10: the weights began too large. Try --initialisation he.',
  ],
  [
    { activations: ['relu', 'sigmoid'] },
    'Sigmoid is not recommended: gradients vanish, outputs are not zero-centred, and exp is costly. Try --activation relu.',
  ],
  [
    { worstDead: { layer: 'stage_2_block_1_conv_2', activation: 'relu', share: 0.281 } },
    '28 % of the units of stage_2_block_1_conv_2 never open: no picture changes them, and they learn nothing. ' +
      'Try --activation leakyRelu, or a lower --learning-rate.',
  ],
  [
    { worstDead: { layer: 'conv_pw_13', activation: 'relu6', share: 0.5 } },
    '50 % of the units of conv_pw_13 never open: no picture changes them, and they learn nothing.',
  ],
  [
    { worstDead: { layer: 'hidden_1', activation: 'tanh', share: 0.5 } },
    '50 % of the units of hidden_1 always give the same: no picture changes them, and they learn nothing.',
  ],
  [
    { worstSaturated: { layer: 'hidden_1', activation: 'tanh', share: 0.7 } },
    '70 % of the outputs of hidden_1 lie where tanh is flat: gradients vanish there. ' +
      'Try --initialisation xavier, or --activation relu.',
  ],
  [
    { worstSaturated: { layer: 'conv_pw_13', activation: 'relu6', share: 0.3 } },
    '30 % of the outputs of conv_pw_13 lie where relu6 is flat: gradients vanish there.',
  ],
  [{ sparsity: 0.63 }, "63 % of the weights that learned are near 0 (below 1 % of their layer's largest)."],
])('what is off is said in plain words, case %#', (changes, line) => {
  expect(diagnosisLines({ ...healthy, ...changes })).toEqual([line]);
});
