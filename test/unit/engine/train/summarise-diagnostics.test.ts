import { expect, test } from 'vitest';
import type { DiagnosticsRecord, LayerDiagnosis } from '../../../../src-main/contract/diagnostics.ts';
import { summariseDiagnostics } from '../../../../src-main/engine/train/summarise-diagnostics.ts';

const values = { mean: 0, std: 1, histogram: { low: -1, high: 1, counts: [1, 1] } };
const layer = (name: string, changes: Partial<LayerDiagnosis> = {}): LayerDiagnosis => ({
  name,
  kind: 'dense',
  activation: 'relu',
  weightCount: 100,
  outputs: values,
  weights: values,
  saturatedShare: null,
  deadShare: 0,
  gradientNorm: 1,
  updateRatio: 0.001,
  sparsity: 0,
  ...changes,
});
const record = (epoch: number, layers: readonly LayerDiagnosis[]): DiagnosticsRecord => ({
  epoch,
  step: 0,
  initialLoss: epoch === 0 ? { loss: 1.2, expected: 1.1 } : null,
  layers: [...layers],
});

test('a report tells the worst layers of the last record up to the best epoch, and all weights near 0', () => {
  const records = [
    record(0, [layer('a', { deadShare: 1 })]),
    record(2, [
      layer('a', { deadShare: 0.2, sparsity: 0.5 }),
      layer('b', { activation: 'tanh', deadShare: 0.1, saturatedShare: 0.4, weightCount: 300 }),
      layer('c', { activation: 'relu', deadShare: 0.3 }),
      layer('logits', { activation: null, deadShare: null, sparsity: 1 }),
    ]),
    record(3, [layer('a', { deadShare: 1 })]),
  ];
  expect(summariseDiagnostics(records, 2)).toEqual({
    initialLoss: { loss: 1.2, expected: 1.1 },
    activations: ['relu', 'tanh'],
    worstDead: { layer: 'c', activation: 'relu', share: 0.3 },
    worstSaturated: { layer: 'b', activation: 'tanh', share: 0.4 },
    sparsity: expect.closeTo((0.5 * 100 + 1 * 100) / 600, 12),
  });
});

test('a linear head has no worst layers, and no record no summary', () => {
  const head = record(0, [layer('logits', { activation: null, outputs: null, deadShare: null })]);
  expect(summariseDiagnostics([head], 5)).toMatchObject({ activations: [], worstDead: null, worstSaturated: null });
  expect(summariseDiagnostics([], 5)).toBeNull();
});
