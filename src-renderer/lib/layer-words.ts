/** What layers show while they train, in plain words where something is off. */
import type { DiagnosticsRecord, LayerDiagnosis } from '../../src-main/contract/diagnostics.ts';
import { m } from '../paraglide/messages.js';
import { formatDecimal, formatPercent } from './format.ts';

/** From here on a line is worth it; the shares are those of the command line. */
export const MANY = { dead: 0.1, saturated: 0.2 } as const;
/** A first loss further than this share from that of guessing. */
const LOSS_TOLERANCE = 0.25;
/** ‖Δw‖ / ‖w‖ of a step, usually about 0.001 (Stanford CS231n); a new head's first epochs have larger ones. */
const LARGE_UPDATE = 0.1;

export type InitialLoss = NonNullable<DiagnosticsRecord['initialLoss']>;

export function isFirstLossOff({ loss, expected }: InitialLoss): boolean {
  return Math.abs(loss - expected) > LOSS_TOLERANCE * expected;
}

/** One line a finding, for the layer that has most of it; nothing where all is well. */
export function layerWarnings(initialLoss: InitialLoss | null, record: DiagnosticsRecord | null): readonly string[] {
  const layers = record?.layers ?? [];
  const dead = worst(layers, ({ deadShare }) => deadShare);
  const saturated = worst(layers, ({ saturatedShare }) => saturatedShare);
  const update = record === null || record.epoch < 2 ? null : worst(layers, ({ updateRatio }) => updateRatio);
  const lines: string[] = [];
  if (initialLoss !== null && isFirstLossOff(initialLoss)) {
    const { loss, expected } = initialLoss;
    lines.push(m.warn_first_loss({ loss: formatDecimal(loss), expected: formatDecimal(expected) }));
  }
  if (dead !== null && dead.value >= MANY.dead) {
    lines.push(m.warn_dead({ share: formatPercent(dead.value, 0), layer: dead.layer.name }));
  }
  if (saturated !== null && saturated.value >= MANY.saturated) {
    lines.push(m.warn_saturated({ share: formatPercent(saturated.value, 0), layer: saturated.layer.name }));
  }
  if (update !== null && update.value > LARGE_UPDATE) {
    lines.push(m.warn_update({ share: formatPercent(update.value, 0), layer: update.layer.name }));
  }
  return lines;
}

function worst(
  layers: readonly LayerDiagnosis[],
  valueOf: (layer: LayerDiagnosis) => number | null,
): { readonly layer: LayerDiagnosis; readonly value: number } | null {
  const known = layers.flatMap((layer) => {
    const value = valueOf(layer);
    return value === null ? [] : [{ layer, value }];
  });
  return known.toSorted((a, b) => b.value - a.value)[0] ?? null;
}
