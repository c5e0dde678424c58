import { z } from 'zod';
import type { Classifier } from '../network/classifier.ts';
import { inputShape, type Target } from './target.ts';
import type { Check } from './verify.ts';

/** More would bury the rest; all are in labels.txt. */
const MAX_LISTED_LABELS = 50;

/** Below this the file is not to be trusted, and the README says so. */
const TRUSTED_AGREEMENT = 0.99;

/**
 * How far sample code and app may lie apart, by what test/interop holds them to. Measured on 153 photographs with
 * trained heads on both backbones: Python 0.0013 on average and 0.032 at most, a browser 0.0013 and 0.013, Node 0.0002
 * at most.
 */
export const SAMPLE_TOLERANCE = 0.05;

const AS_TESTED = `The sample code gives the app's probabilities to within ${SAMPLE_TOLERANCE}: decoders of pictures round differently. The model itself does not (above).`;

/** The part of a classifier's provenance that the README tells. */
const measured = z.object({
  accuracy: z.number(),
  interval: z.object({ low: z.number(), high: z.number() }),
  imageCount: z.int(),
  split: z.enum(['validation', 'test', 'all']).optional(),
  choseBestEpoch: z.boolean().optional(),
});

/** README.md of an exported folder. The same model gives the same text: it bears no date. */
export function readme(classifier: Classifier, target: Target, check: Check): string {
  const { labels, backbone, licence } = classifier;
  const { title, runtime, metadata, howTo, inputAndOutput, sampleAccuracy = AS_TESTED } = target.words;
  return `${[
    `# ${title}`,
    `Made with Fovea. It tells ${labels.length} classes of pictures apart:`,
    listLabels(labels),
    accuracyLine(classifier),
    agreementLines(check, runtime),
    ...calibrationLines(check),
    '## Input and output',
    [
      ...(inputAndOutput?.(classifier) ?? tensorLines(classifier, target, check)),
      'The way from a picture file to the input is in preprocessing.json, step by step; the sample code follows it.',
      metadata,
    ]
      .map((line) => `- ${line}`)
      .join('\n'),
    '## Try it',
    howTo,
    sampleAccuracy,
    '## Licence',
    `The backbone, ${backbone}, is licensed under ${licence}; keep that notice when you pass the model on. What was learnt from your pictures is yours.`,
  ].join('\n\n')}\n`;
}

function tensorLines(
  { labels, imageSize }: Classifier,
  { input, output = 'float32' }: Target,
  { calibration }: Check,
): readonly string[] {
  const shape = inputShape(input, imageSize).join(', ');
  return [
    `Input \`image\`: ${input.dtype} [${shape}] (${input.layout}), RGB, values 0–255. Do not normalise: the model does.`,
    output === 'uint8'
      ? `Output \`probabilities\`: uint8 [batch, ${labels.length}], in the order of labels.txt; a step is 1/256.`
      : `Output \`probabilities\`: float32 [batch, ${labels.length}], in the order of labels.txt; each row sums to ${calibration ? 'about ' : ''}1.`,
  ];
}

/** "Accuracy 94.1 % (95 % range 89.2–96.9 %), measured on 153 validation pictures." */
function accuracyLine({ provenance }: Classifier): string {
  const found = measured.safeParse(provenance).data;
  if (!found) return 'Its accuracy was not recorded.';
  const { accuracy, interval, imageCount, split, choseBestEpoch } = found;
  const range = `${percent(interval.low)}–${percent(interval.high)} %`;
  const which =
    split === 'validation' || split === 'test' ? `${split} pictures` : 'pictures that it was not trained on';
  const caution = choseBestEpoch
    ? ' The same pictures chose the best epoch, so the figure leans to the good side.'
    : '';
  return `Accuracy ${percent(accuracy)} % (95 % range ${range}), measured on ${imageCount} ${which}.${caution}`;
}

function agreementLines({ agreement, maxAbsDifference, uncheckedCount, notRun }: Check, runtime: string): string {
  if (notRun !== undefined)
    return `**Not run here**: ${notRun} Try it in ${runtime} on pictures of your own before you rely on it.`;
  if (agreement === null)
    return `**This file was not checked**: none of the validation pictures could be read when it was written.`;
  const { same, of } = agreement;
  const difference = (maxAbsDifference ?? 0).toExponential(1);
  const left = uncheckedCount > 0 ? ` ${uncheckedCount} more could not be read or had changed.` : '';
  const line = `Checked: opened again in ${runtime}, this file gives the same class as the app on ${same} of ${of} validation pictures; the largest difference of a probability is ${difference}.${left}`;
  return same / of < TRUSTED_AGREEMENT
    ? `**Do not rely on this file: it does not answer as the app does.** ${line}`
    : line;
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

function listLabels(labels: readonly string[]): string {
  const shown = labels.slice(0, MAX_LISTED_LABELS).map((label, index) => `${index}. ${asCode(label)}`);
  const rest = labels.length - MAX_LISTED_LABELS;
  return [...shown, ...(rest > 0 ? [`\n… and ${rest} more, in labels.txt.`] : [])].join('\n');
}

/** Markdown code, whatever the name holds: its fence is longer than any run of backticks in it. */
function asCode(label: string): string {
  const oneLine = label.replaceAll(/\s/g, ' ');
  const longest = Math.max(0, ...(oneLine.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${oneLine}${fence}` : `${fence} ${oneLine} ${fence}`;
}
