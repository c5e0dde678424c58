/** What the export screen shows of each format, folded from the events of an order. Pure. */
import type { ExportEvent } from '../../src-main/contract/events.ts';
import { TRUSTED_AGREEMENT, type ExportRefusal, type ExportReport } from '../../src-main/contract/results.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../../src-main/contract/training.ts';

/** Where formats are used, in the order of their groups, by how their ids begin. */
const GROUPS = [
  { group: 'python', prefixes: ['onnx'] },
  { group: 'web', prefixes: ['tfjs', 'teachable-machine'] },
  { group: 'devices', prefixes: ['tflite'] },
  { group: 'apple', prefixes: ['coreml'] },
  { group: 'tensorflow', prefixes: ['saved-model', 'keras'] },
] as const;
export type FormatGroup = (typeof GROUPS)[number]['group'];

/** All formats by group; groups without any are left out. */
export function groupedFormats(
  formats: readonly ExportFormat[] = EXPORT_FORMATS,
): readonly { readonly group: FormatGroup; readonly formats: readonly ExportFormat[] }[] {
  return GROUPS.map(({ group, prefixes }) => ({
    group,
    formats: formats.filter((format) => prefixes.some((prefix) => format.startsWith(prefix))),
  })).filter(({ formats: own }) => own.length > 0);
}

/** An order that is at work. */
export interface OrderProgress {
  readonly formats: readonly ExportFormat[];
  /** Those that are in their place, or cannot be written. */
  readonly done: readonly ExportFormat[];
  /** The last that was told; null before the first. */
  readonly last: Extract<ExportEvent, { type: 'writing' | 'checking' }> | null;
}

export function startOrder(formats: readonly ExportFormat[]): OrderProgress {
  return { formats, done: [], last: null };
}

export function advanceOrder(progress: OrderProgress, event: ExportEvent): OrderProgress {
  if (event.type === 'writing' || event.type === 'checking') return { ...progress, last: event };
  if (event.type === 'exported') return { ...progress, done: [...progress.done, event.report.format] };
  return { ...progress, done: progress.formats };
}

export type CardState =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'writing'; readonly number: number; readonly of: number }
  | { readonly kind: 'checking'; readonly done: number; readonly total: number }
  | { readonly kind: 'refused'; readonly problem: ExportRefusal }
  | { readonly kind: 'written'; readonly report: ExportReport };

/** What a card says. What is at work goes before what was written or refused earlier. */
export function cardState(
  format: ExportFormat,
  {
    order,
    reports,
    refused,
  }: {
    readonly order: OrderProgress | null;
    readonly reports: readonly ExportReport[];
    readonly refused: readonly ExportRefusal[];
  },
): CardState {
  if (order !== null && order.formats.includes(format) && !order.done.includes(format)) {
    const { last } = order;
    if (last?.type === 'writing') {
      return last.format === format ? { kind: 'writing', number: last.number, of: last.of } : { kind: 'waiting' };
    }
    return last === null ? { kind: 'waiting' } : { kind: 'checking', done: last.done, total: last.total };
  }
  const refusal = refused.find((one) => one.format === format);
  if (refusal !== undefined) return { kind: 'refused', problem: refusal };
  const report = reports.findLast((one) => one.format === format);
  return report === undefined ? { kind: 'none' } : { kind: 'written', report };
}

/** How far a written file is to be relied on. `most`: not all pictures agree, and enough do. */
export type Trust = 'all' | 'most' | 'doubtful' | 'unchecked' | 'not-run';

export function trustOf({ agreement, notRun }: ExportReport): Trust {
  if (notRun !== undefined) return 'not-run';
  if (agreement === null) return 'unchecked';
  if (agreement.same === agreement.of) return 'all';
  return agreement.same / agreement.of >= TRUSTED_AGREEMENT ? 'most' : 'doubtful';
}
