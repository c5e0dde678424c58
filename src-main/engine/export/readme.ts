import type { Classifier } from '../network/classifier.ts';
import { accuracyLine, checkLines } from './check-words.ts';
import { asCode } from './markdown.ts';
import { inputShape, type Target } from './target.ts';
import type { Check } from './verify.ts';

/** More would bury the rest; all are in labels.txt. */
const MAX_LISTED_LABELS = 50;

/**
 * How far sample code and app may lie apart, by what test/interop holds them to. Measured on 153 photographs with
 * trained heads on both backbones: Python 0.0013 on average and 0.032 at most, a browser 0.0013 and 0.013, Node 0.0002
 * at most.
 */
export const SAMPLE_TOLERANCE = 0.05;

const AS_TESTED = `The sample code gives the app's probabilities to within ${SAMPLE_TOLERANCE}: decoders of pictures round differently. The model itself does not (above).`;

/** README.md of an exported folder. The same model gives the same text: it bears no date. */
export function readme(classifier: Classifier, target: Target, check: Check): string {
  const { labels, backbone, licence } = classifier;
  const { title, runtime, metadata, howTo, inputAndOutput, sampleAccuracy = AS_TESTED } = target.words;
  return `${[
    `# ${title}`,
    `Made with Fovea. It tells ${labels.length} classes of pictures apart:`,
    listLabels(labels),
    accuracyLine(classifier),
    checkLines(check, runtime),
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
    backbone === 'scratch'
      ? 'It holds no weights of others. What was learnt from your pictures is yours.'
      : `The backbone, ${backbone}, is licensed under ${licence}; keep that notice (LICENCE.txt) when you pass the model on. What was learnt from your pictures is yours.`,
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

function listLabels(labels: readonly string[]): string {
  const shown = labels.slice(0, MAX_LISTED_LABELS).map((label, index) => `${index}. ${asCode(label)}`);
  const rest = labels.length - MAX_LISTED_LABELS;
  return [...shown, ...(rest > 0 ? [`\n… and ${rest} more, in labels.txt.`] : [])].join('\n');
}
