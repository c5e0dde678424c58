import { describe, expect, test } from 'vitest';
import type { ExportEvent } from '../../../../src-main/contract/events.ts';
import type { ExportReport } from '../../../../src-main/contract/results.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../../../../src-main/contract/training.ts';
import {
  advanceOrder,
  cardState,
  groupedFormats,
  startOrder,
  trustOf,
  type OrderProgress,
} from '../../../../src-renderer/lib/export-cards.ts';

function reportOf(format: ExportFormat, changes: Partial<ExportReport> = {}): ExportReport {
  return { format, path: `/x/${format}`, bytes: 1, agreement: { same: 9, of: 9 }, maxAbsDifference: 0, ...changes };
}

const after = (formats: readonly ExportFormat[], ...events: ExportEvent[]): OrderProgress =>
  events.reduce(advanceOrder, startOrder(formats));

test('every format stands in exactly one group', () => {
  expect(
    groupedFormats()
      .flatMap(({ formats }) => formats)
      .sort(),
  ).toEqual([...EXPORT_FORMATS].sort());
});

describe('a card', () => {
  const kinds = (order: OrderProgress | null) =>
    (['onnx', 'tfjs', 'saved-model'] as const).map(
      (format) => cardState(format, { order, reports: [reportOf('onnx')], refused: [] }).kind,
    );

  test('says in turn that it waits, is written, is checked with the others, and lies in its place', () => {
    const formats = ['onnx', 'tfjs'] as const;
    const first: ExportEvent = { type: 'writing', format: 'onnx', number: 1, of: 2 };
    const second: ExportEvent = { type: 'writing', format: 'tfjs', number: 2, of: 2 };
    const checking: ExportEvent = { type: 'checking', done: 3, total: 9 };
    const exported: ExportEvent = { type: 'exported', report: reportOf('onnx') };
    expect(kinds(null)).toEqual(['written', 'none', 'none']);
    expect(kinds(after(formats))).toEqual(['waiting', 'waiting', 'none']);
    expect(kinds(after(formats, first))).toEqual(['writing', 'waiting', 'none']);
    expect(kinds(after(formats, first, second))).toEqual(['waiting', 'writing', 'none']);
    expect(kinds(after(formats, first, second, checking))).toEqual(['checking', 'checking', 'none']);
    expect(kinds(after(formats, first, second, checking, exported))).toEqual(['written', 'checking', 'none']);
  });

  test('says why its format cannot hold the model, until it is tried again', () => {
    const refused = [{ format: 'tfjs', code: 'export/unsupported', message: 'No such layer.' }] as const;
    expect(cardState('tfjs', { order: null, reports: [], refused })).toEqual({
      kind: 'refused',
      problem: refused[0],
    });
    expect(cardState('tfjs', { order: startOrder(['tfjs']), reports: [], refused }).kind).toBe('waiting');
  });
});

test.each([
  ['all', {}],
  ['most', { agreement: { same: 99, of: 100 } }],
  ['doubtful', { agreement: { same: 98, of: 100 } }],
  ['unchecked', { agreement: null }],
  ['not-run', { agreement: null, notRun: 'It needs a Mac.' }],
] as const)('a file is trusted as far as its check goes: %s', (trust, changes) => {
  expect(trustOf(reportOf('onnx', changes))).toBe(trust);
});
