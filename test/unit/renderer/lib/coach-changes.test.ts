import { expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG } from '../../../../src-main/contract/training.ts';
import { changeRows } from '../../../../src-renderer/lib/coach-changes.ts';
import { actionWords } from '../../../../src-renderer/lib/coach-words.ts';

const { head } = DEFAULT_TRAIN_CONFIG;

test('a change within the layers is told setting by setting, in the words of the page', () => {
  const config = { ...DEFAULT_TRAIN_CONFIG, head: { ...head, hidden: [64] } };
  const changes = { head: { ...config.head, dropout: 0.5 } };
  const [row, ...others] = changeRows(changes, config);
  expect(others).toEqual([]);
  expect(actionWords({ label: 'Dropout of 0.5', changes }, config)).toBe(`${row?.name}: ${row?.from} → ${row?.to}`);
  expect(row?.to).toMatch(/0\.5|50/);
});
