import { expect, test } from 'vitest';
import { renameLabels } from '../../../../src-main/engine/export/rename-labels.ts';
import type { Classifier } from '../../../../src-main/engine/network/classifier.ts';

const classifier = (labels: readonly string[], provenance: Classifier['provenance']): Classifier => ({
  network: { nodes: [] },
  labels,
  backbone: 'b',
  imageSize: 8,
  licence: 'MIT',
  provenance,
});

test('labels and the counts behind them change; all else of where a model came from stays', () => {
  const counts = (cat: string) => ({ seed: 3, counts: { train: 2, byClass: { [cat]: 1, dog: 1 } } });
  expect(renameLabels(classifier(['cat', 'dog'], counts('cat')), [{ from: 'cat', to: 'feline' }])).toEqual(
    classifier(['feline', 'dog'], counts('feline')),
  );
});

test('a model of unknown provenance has its labels changed alone', () => {
  expect(renameLabels(classifier(['a', 'b'], { by: 'hand' }), [{ from: 'b', to: 'c' }])).toEqual(
    classifier(['a', 'c'], { by: 'hand' }),
  );
});
