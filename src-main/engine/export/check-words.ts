/** What was measured of a classifier and of its exported file, in words for README.md and MODEL_CARD.md. */
import { TRUSTED_AGREEMENT } from '../../contract/results.ts';
import type { Classifier } from '../network/classifier.ts';
import { measuredOf } from './measured.ts';
import type { Check } from './verify.ts';

/** "Accuracy 94.1 % (95 % range 89.2–96.9 %), measured on 153 validation pictures." */
export function accuracyLine(classifier: Classifier): string {
  const found = measuredOf(classifier);
  if (found === null) return 'Its accuracy was not recorded.';
  const { accuracy, interval, imageCount, split, choseBestEpoch } = found;
  const range = `${percent(interval.low)}–${percent(interval.high)} %`;
  const which =
    split === 'validation' || split === 'test' ? `${split} pictures` : 'pictures that it was not trained on';
  const caution = choseBestEpoch
    ? ' The same pictures chose the best epoch, so the figure leans to the good side.'
    : '';
  return `Accuracy ${percent(accuracy)} % (95 % range ${range}), measured on ${imageCount} ${which}.${caution}`;
}

/** How the file was checked, what that costs in accuracy, and why it may be wrong. Paragraphs of Markdown. */
export function checkLines(check: Check, runtime: string): string {
  const { agreement, maxAbsDifference, uncheckedCount, notRun } = check;
  if (notRun !== undefined)
    return `**Not run here**: ${notRun} Try it in ${runtime} on pictures of your own before you rely on it.`;
  if (agreement === null) {
    const line = '**This file was not checked**: none of the validation pictures could be read when it was written.';
    return [line, ...calibrationLines(check)].join('\n\n');
  }
  const { same, of } = agreement;
  const difference = (maxAbsDifference ?? 0).toExponential(1);
  const left = uncheckedCount > 0 ? ` ${uncheckedCount} more could not be read or had changed.` : '';
  const line = `Checked: opened again in ${runtime}, this file gives the same class as the app on ${same} of ${of} validation pictures; the largest difference of a probability is ${difference}.${left}`;
  const isTrusted = same / of >= TRUSTED_AGREEMENT;
  return [
    isTrusted ? line : `**Do not rely on this file: it does not answer as the app does.** ${line}`,
    ...dropLines(check),
    ...doubtLines(check),
    ...calibrationLines(check),
  ].join('\n\n');
}

function dropLines({ accuracyDrop, agreement }: Check): string[] {
  if (accuracyDrop === undefined) return [];
  if (accuracyDrop === null)
    return ['What that means for its accuracy is not known: the model does not say what its validation pictures show.'];
  const { drop, interval } = accuracyDrop;
  const by =
    drop === 0
      ? 'names as many of them rightly as the app'
      : `names ${points(Math.abs(drop))} percentage points ${drop > 0 ? 'fewer' : 'more'} of them rightly than the app`;
  return [
    `On these ${agreement?.of ?? 0} pictures it ${by} (95 % range of the drop: ${points(interval.low)} to ${points(interval.high)} points).`,
  ];
}

function doubtLines({ doubt }: Check): string[] {
  if (doubt === undefined) return [];
  const where = doubt.layer === undefined ? '' : ` Layer "${doubt.layer}" changes the answers most.`;
  if (doubt.reason === 'rounding')
    return [`Its numbers are rounded, too coarsely for this network.${where} Export one with more bits: tflite-f16.`];
  return [`A file of this format should agree on every picture, so this one is at fault.${where} Use another format.`];
}

/** What the 8 bits were cut to. */
function calibrationLines({ calibration }: Check): string[] {
  if (calibration === undefined) return [];
  const { pictureCount, leftOutCount } = calibration;
  const left = leftOutCount > 0 ? `; ${leftOutCount} more were gone, changed or unreadable` : '';
  return [
    `Its values have 8 bits, which were fitted to ${pictureCount} training pictures${left}. It is smaller and, on phones, faster than with floats, and answers a little otherwise.`,
  ];
}

const percent = (fraction: number): string => (fraction * 100).toFixed(1);

/** As `percent`, without a minus before nothing. */
function points(fraction: number): string {
  return percent(fraction).replace(/^-(0\.0)$/, '$1');
}
