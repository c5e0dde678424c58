import type { RunCost, RunCosts } from '../contract/results.ts';
import { AUGMENTATIONS, type AugmentationMode } from '../contract/training.ts';

/** "976 passes through the frozen part are still to do (of 1,373): about 9 s, 150 MB in the cache". */
export function costLine(cost: RunCost): string {
  const { passCount, reusedCount } = cost;
  const all = counted(passCount + reusedCount);
  if (passCount === 0) return `All ${all} passes through the frozen part are stored already${colon(cost)}`;
  const of = reusedCount === 0 ? '' : ` (of ${all})`;
  return `${counted(passCount)} passes through the frozen part are still to do${of}${colon(cost)}`;
}

const WAYS: Readonly<Record<AugmentationMode, string>> = {
  off: 'pictures as they are',
  cached: 'stored variants',
  live: 'new in every epoch',
};

/** What `train --estimate` says: a line for each kind of augmentation. */
export function costTable(costs: Pick<RunCosts, 'off' | 'cached' | 'live' | 'cuts'>): string {
  const width = Math.max(...AUGMENTATIONS.map((way) => counted(costs[way].passCount).length));
  const lines = AUGMENTATIONS.map((way) => {
    const { passCount, reusedCount } = costs[way];
    const passes = `${counted(passCount).padStart(width)} passes to do, ${counted(reusedCount)} stored`;
    return `--augmentation ${way.padEnd(8)}${WAYS[way].padEnd(22)}${passes}${colon(costs[way])}`;
  });
  return ['At most, if no run stops early:', ...lines].join('\n');
}

function colon({ seconds, diskBytes }: RunCost): string {
  const parts = [
    seconds === null ? 'time not known before a first run' : `about ${duration(seconds)}`,
    ...(diskBytes === 0 ? [] : [`${size(diskBytes)} in the cache`]),
  ];
  return `: ${parts.join(', ')}`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

const counted = (value: number): string => value.toLocaleString('en');
