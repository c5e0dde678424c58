import {
  TRUSTED_AGREEMENT,
  type Calibration,
  type Evaluation,
  type ExportReport,
  type ExportResult,
  type TrainReport,
} from '../contract/results.ts';
import type { SkippedFile } from '../contract/dataset.ts';
import { coachWarning } from './coach-words.ts';
import { diagnosisLines } from './diagnosis-words.ts';

/** What `train` says at the end, for people. */
export function trainSummary(report: TrainReport, evaluation: Evaluation, outFolder: string): string {
  return [
    '',
    accuracyLine(evaluation),
    confusionTable(evaluation),
    ...exportLines({ exports: report.exports, refused: report.refused ?? [] }),
    ...skippedLines(report.skipped),
    `${whatLearned(report)}, best of ${report.epochs.ran} epochs: ${report.epochs.best}. ${secondsLine(report)}`,
    ...activationLines(report),
    ...diagnosisLines(report.diagnostics),
    ...coachWarning(report.coach),
    `Everything is in ${outFolder}`,
  ].join('\n');
}

/** "Accuracy 94.1 % (89.2–96.9 %), from 153 validation pictures". */
export function accuracyLine({ accuracy, interval, imageCount, split, choseBestEpoch }: Evaluation): string {
  const range = `${(interval.low * 100).toFixed(1)}–${percent(interval.high)}`;
  const which = split === 'all' ? '' : `${split} `;
  const caution = choseBestEpoch
    ? '. The same pictures chose the best epoch, so it leans to the good side; --test-fraction 0.1 keeps some apart'
    : '';
  return `Accuracy ${percent(accuracy)} (95 % range ${range}), from ${imageCount} ${which}pictures${caution}.`;
}

/** The confusion matrix with its axes named. */
export function confusionTable({ classes, confusion, perClass }: Evaluation): string {
  const width = Math.max(9, ...classes.map((name) => name.length)) + 2;
  const cell = (text: string | number | null) => String(text ?? '–').padStart(width);
  const share = (value: number | null) => (value === null ? null : percent(value));
  const header = ['labelled \\ predicted'.padEnd(22), ...classes.map(cell), cell('precision'), cell('recall')].join('');
  const rows = classes.map((name, index) => {
    const metrics = perClass[index];
    const counts = (confusion[index] ?? []).map(cell).join('');
    return `${name.padEnd(22)}${counts}${cell(share(metrics?.precision ?? null))}${cell(share(metrics?.recall ?? null))}`;
  });
  return [header, ...rows].join('\n');
}

/** What was written, and what could not be. */
export function exportLines({ exports, refused }: ExportResult): string[] {
  return [...exports.map(exportLine), ...refused.map(({ format, message }) => `${format}: not written. ${message}`)];
}

/** "onnx: 153 of 153 predictions agree with the app (largest difference 0.000004), 7.2 MB in …". */
function exportLine(report: ExportReport): string {
  const { format, path, bytes, agreement, maxAbsDifference, uncheckedCount = 0, calibration, notRun } = report;
  const size = `${(bytes / 1e6).toFixed(1)} MB${calibrationWords(calibration)} in ${path}`;
  if (notRun !== undefined) return `${format}: written, not run here: ${notRun} ${size}`;
  if (agreement === null)
    return `${format}: written, not checked: none of the validation pictures is there any more. ${size}`;
  const difference = (maxAbsDifference ?? 0).toExponential(1);
  const unchecked =
    uncheckedCount === 0 ? '' : `; ${uncheckedCount} pictures are gone or have changed and prove nothing`;
  const drop = dropWords(report);
  const doubt = agreement.same / agreement.of >= TRUSTED_AGREEMENT ? '' : `\n${doubtWords(report)}`;
  return `${format}: ${agreement.same} of ${agreement.of} predictions agree with the app (largest difference ${difference}${unchecked})${drop}, ${size}${doubt}`;
}

/** ", accuracy lower by 1.3 points (−1.2 to 4.6)" */
function dropWords({ accuracyDrop }: ExportReport): string {
  if (accuracyDrop === undefined) return '';
  if (accuracyDrop === null) return ', accuracy not known: the model does not say what its validation pictures show';
  const { drop, interval } = accuracyDrop;
  const [by, low, high] = [Math.abs(drop), interval.low, interval.high].map((share) => (share * 100).toFixed(1));
  const way = drop === 0 ? 'the same' : `${drop > 0 ? 'lower' : 'higher'} by ${by} points`;
  return `, accuracy ${way} (95 % range of the drop ${low} to ${high})`;
}

function doubtWords({ format, doubt }: ExportReport): string {
  const where = doubt?.layer === undefined ? '' : ` Layer "${doubt.layer}" changes the answers most.`;
  const why =
    doubt?.reason === 'rounding'
      ? `Its numbers are rounded, too coarsely for this network.${where} Try tflite-f16.`
      : `A file of this format should agree on every picture.${where} Use another format.`;
  return `  Do not rely on ${format}: fewer than 99 % of its answers are the app's. ${why}`;
}

/** ", calibrated on 198 pictures (2 gone or changed)" */
function calibrationWords(calibration: Calibration | undefined): string {
  if (calibration === undefined) return '';
  const { pictureCount, leftOutCount } = calibration;
  const left = leftOutCount === 0 ? '' : ` (${leftOutCount} gone, changed or unreadable)`;
  return `, calibrated on ${pictureCount} pictures${left},`;
}

export function skippedLines(skipped: readonly SkippedFile[]): string[] {
  if (skipped.length === 0) return [];
  const shown = skipped.slice(0, 10).map(({ path, reason }) => `  ${path}: ${reason}`);
  const rest = skipped.length > 10 ? [`  … and ${skipped.length - 10} more; --json lists all`] : [];
  return [`${skipped.length} ${skipped.length === 1 ? 'file was' : 'files were'} left out:`, ...shown, ...rest];
}

/** "Backbone mobilenet_v1_0.75_224, fine-tuned from conv_dw_12 on". */
function whatLearned({ backbone, mode, cut }: TrainReport): string {
  if (mode === 'scratch') return 'A small network from scratch';
  if (mode === 'head') return `Backbone ${backbone}, frozen`;
  return `Backbone ${backbone}, fine-tuned ${mode === 'full' || cut === null ? 'as a whole' : `from ${cut} on`}`;
}

function activationLines({ activations }: TrainReport): string[] {
  if (activations === undefined) return [];
  const { computed, reused } = activations;
  return [`${computed} passes through the frozen part, and ${reused} spared by what earlier runs had stored.`];
}

function secondsLine({ seconds }: TrainReport): string {
  const { total, ...phases } = seconds;
  const parts = Object.entries(phases).map(([phase, value]) => `${phase} ${value.toFixed(1)} s`);
  return `${total.toFixed(1)} s: ${parts.join(', ')}.`;
}

const percent = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`;
