import type { TtaReport } from '../contract/results.ts';
import { accuracyLine, confusionTable } from './summary.ts';

/** What `evaluate --tta` says beside the plain result: accuracy, gain and cost, and what each part of the views adds. */
export function ttaSummary(tta: TtaReport): string {
  return [
    '',
    `With test-time augmentation (scales ${tta.scales.join(', ')}; crops ${tta.crops.join(', ')}):`,
    accuracyLine(tta.evaluation),
    confusionTable(tta.evaluation),
    `${gainWords(tta)}, ${costWords(tta)}`,
    ...partTable(tta),
  ].join('\n');
}

/** Below this a change is seldom chance: the usual convention. */
const SELDOM_CHANCE = 0.05;

/** "+1.3 points (5 fixed, 3 broken; p = 0.73: may well be chance)". */
export function gainWords({ evaluation, plainAccuracy, fixedCount, brokenCount, pValue }: TtaReport): string {
  const counts = `${fixedCount} fixed, ${brokenCount} broken`;
  if (fixedCount + brokenCount === 0) return `No change (${counts})`;
  const p = pValue < 0.001 ? 'p < 0.001' : `p = ${pValue.toPrecision(2)}`;
  const verdict = pValue < SELDOM_CHANCE ? 'hardly chance' : 'may well be chance';
  return `${points(evaluation.accuracy - plainAccuracy)} points (${counts}; ${p}: ${verdict})`;
}

/** "50 views, 61× the time (0.003 s → 0.16 s a picture)". */
function costWords({ viewCount, secondsPerPicture: { plain, tta } }: TtaReport): string {
  const views = `${viewCount} ${viewCount === 1 ? 'view' : 'views'}`;
  return `${views}, ${figures(tta / plain)}× the time (${figures(plain)} s → ${figures(tta)} s a picture)`;
}

/** Two figures, or all before the point. */
const figures = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toPrecision(2));

function partTable({ parts, evaluation: { accuracy } }: TtaReport): string[] {
  if (parts.length === 0) return [];
  const width = Math.max(...parts.map(({ kind, name }) => kind.length + name.length)) + 3;
  const rows = parts.map(({ kind, name, viewCount, alone, without }) => {
    const adds = `${points(accuracy - without)} points`.padStart(12);
    return `  ${`${kind} ${name}`.padEnd(width)}${String(viewCount).padStart(3)} views, alone ${percent(alone)}, adds ${adds}`;
  });
  return [
    'What each part of the views adds to the others (the best of many subsets, chosen on these pictures, would lean to the good side):',
    ...rows,
  ];
}

const percent = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`.padStart(7);

/** "+1.3", "−0.7", "±0.0". */
function points(difference: number): string {
  const size = Math.abs(difference * 100).toFixed(1);
  if (size === '0.0') return '±0.0';
  return `${difference < 0 ? '−' : '+'}${size}`;
}
