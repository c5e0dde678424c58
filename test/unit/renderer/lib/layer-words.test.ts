import { expect, test } from 'vitest';
import type { DiagnosticsRecord, LayerDiagnosis } from '../../../../src-main/contract/diagnostics.ts';
import { layerWarnings } from '../../../../src-renderer/lib/layer-words.ts';

const values = { mean: 0, std: 1, histogram: { low: -1, high: 1, counts: [1] } };
const layer = (name: string, changes: Partial<LayerDiagnosis>): LayerDiagnosis => ({
  name,
  kind: 'dense',
  activation: 'relu',
  weightCount: 4,
  outputs: values,
  weights: values,
  saturatedShare: null,
  deadShare: 0,
  gradientNorm: 1,
  updateRatio: 0.001,
  sparsity: 0,
  ...changes,
});
const record = (epoch: number, ...layers: LayerDiagnosis[]): DiagnosticsRecord => ({
  epoch,
  step: 0,
  initialLoss: null,
  layers,
});

test('where all is well nothing is said', () => {
  expect(layerWarnings({ loss: 0.7, expected: Math.log(2) }, record(3, layer('a', {})))).toEqual([]);
  expect(layerWarnings(null, null)).toEqual([]);
});

test('each finding names the layer that has most of it', () => {
  const layers = [
    layer('a', { deadShare: 0.2, saturatedShare: 0.1 }),
    layer('b', { deadShare: 0.5, updateRatio: 0.3 }),
  ];
  const lines = layerWarnings({ loss: 5, expected: Math.log(2) }, record(3, ...layers));
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain('The first loss was 5.000, where guessing has 0.693');
  expect(lines[1]).toMatch(/^50\s% of the units of b never answer/);
  expect(lines[2]).toMatch(/weights of b by 30\s%/);
});

test('large steps of a new head are no finding', () => {
  expect(layerWarnings(null, record(1, layer('a', { updateRatio: 0.5 })))).toEqual([]);
});
