/** The words for what becomes of an export, in the language that holds. */
import type { ExportReport } from '../../src-main/contract/results.ts';
import { m } from '../paraglide/messages.js';
import type { FormatGroup } from './export-cards.ts';
import { formatPoints } from './format.ts';
import { pictures } from './words.ts';

export function formatGroupName(group: FormatGroup): string {
  const names = {
    python: m.group_python,
    web: m.group_web,
    devices: m.group_devices,
    apple: m.group_apple,
    tensorflow: m.group_tensorflow,
  };
  return names[group]();
}

/** What a file costs in accuracy; null where its answers are the app's. */
export function dropWords({ accuracyDrop }: ExportReport): string | null {
  if (accuracyDrop === undefined) return null;
  if (accuracyDrop === null) return m.drop_unknown();
  const { drop, interval } = accuracyDrop;
  const range = { low: formatPoints(interval.low), high: formatPoints(interval.high) };
  if (drop === 0) return m.drop_none(range);
  return (drop > 0 ? m.drop_lower : m.drop_higher)({ points: formatPoints(Math.abs(drop)), ...range });
}

/** Why a file is not to be relied on; null where it is. */
export function doubtWords({ doubt }: ExportReport): string | null {
  if (doubt === undefined) return null;
  const where = doubt.layer === undefined ? '' : ` ${m.doubt_layer({ layer: doubt.layer })}`;
  return (doubt.reason === 'rounding' ? m.doubt_rounding() : m.doubt_fault()) + where;
}

/** What an 8-bit file was fitted to; null of other formats. */
export function calibrationWords({ calibration }: ExportReport): string | null {
  if (calibration === undefined) return null;
  const { pictureCount, leftOutCount } = calibration;
  const words = m.calibrated_on({ pictures: pictures(pictureCount) });
  return leftOutCount === 0 ? words : `${words} ${m.calibrated_without({ pictures: pictures(leftOutCount) })}`;
}
