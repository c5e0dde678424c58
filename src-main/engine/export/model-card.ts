import { z } from 'zod';
import type { Classifier } from '../network/classifier.ts';
import { accuracyLine, checkLines } from './check-words.ts';
import { asCode } from './markdown.ts';
import { measuredOf } from './measured.ts';
import { preprocessingOf } from './preprocessing.ts';
import type { Sample } from './sample-pictures.ts';
import type { Target } from './target.ts';
import type { Check } from './verify.ts';

/** More rows would bury the rest; all names are in labels.txt. */
const MAX_LISTED_CLASSES = 50;

/** Pictures of each class, in the order of the labels. */
const countsBySplit = z.record(z.enum(['training', 'validation', 'test']), z.array(z.int()));

interface CardFacts {
  readonly classifier: Classifier;
  readonly target: Target;
  readonly check: Check;
  readonly samples: readonly Sample[];
}

/**
 * MODEL_CARD.md, with front matter as the Hugging Face Hub reads it. The same model gives the same text: it bears no date.
 *
 * @see Mitchell et al. 2019, "Model cards for model reporting", arXiv:1810.03993, for its parts;
 *      https://huggingface.co/docs/hub/model-cards for its front matter.
 */
export function modelCard({ classifier, target, check, samples }: CardFacts): string {
  const { labels, backbone } = classifier;
  const built = backbone === 'scratch' ? 'from scratch' : `from the pretrained backbone ${asCode(backbone)}`;
  return `${[
    frontMatter(classifier),
    `# ${target.words.title}`,
    `Trained with Fovea ${built}, on pictures of its user's own. It gives each of ${labels.length} classes a probability.`,
    '## Intended use',
    'Naming which of these classes a picture shows, for pictures of the kind that it was trained on. Every picture gets one of the classes, also one that shows none of them.',
    '## Classes and pictures',
    classTable(classifier),
    '## Metrics',
    accuracyLine(classifier),
    '## How the file was checked',
    checkLines(check, target.words.runtime),
    '## Preprocessing',
    preprocessingOf(classifier, target.input)
      .steps.map((step, index) => `${index + 1}. ${step}`)
      .join('\n'),
    '## Limitations',
    limitations(classifier),
    ...sampleLines(labels, samples),
    '## Licence',
    backbone === 'scratch'
      ? 'It holds no weights of others. Choose a licence before you pass it on.'
      : `The backbone is licensed under ${classifier.licence} (LICENCE.txt). What was learnt from its user's pictures is the user's.`,
  ].join('\n\n')}\n`;
}

/** YAML; texts are JSON strings, which YAML reads too. */
function frontMatter(classifier: Classifier): string {
  const { licence, backbone } = classifier;
  const isKnown = backbone !== 'scratch' && licence !== 'unknown';
  const found = measuredOf(classifier);
  return [
    '---',
    `license: ${isKnown ? licence.toLowerCase() : 'other'}`,
    'pipeline_tag: image-classification',
    'tags:',
    '  - image-classification',
    '  - fovea',
    ...(found === null
      ? []
      : [
          'model-index:',
          `  - name: ${JSON.stringify(`Image classifier on ${backbone}`)}`,
          '    results:',
          '      - task:',
          '          type: image-classification',
          '        dataset:',
          '          name: "pictures of the user\'s own"',
          '          type: private',
          `          split: ${found.split ?? 'all'}`,
          '        metrics:',
          '          - type: accuracy',
          `            value: ${found.accuracy}`,
        ]),
    '---',
  ].join('\n');
}

function classTable({ labels, provenance }: Classifier): string {
  const shown = labels.slice(0, MAX_LISTED_CLASSES);
  const rest = labels.length - shown.length;
  const more = rest > 0 ? `\n\n… and ${rest} more, in labels.txt.` : '';
  const counts = countsBySplit.safeParse(provenance['countsBySplit']).data;
  const name = (label: string) => asCode(label).replaceAll('|', '\\|'); // a table's cells end at it, in code too
  if (counts === undefined)
    return `${shown.map((label, index) => `${index}. ${asCode(label)}`).join('\n')}${more}\n\nHow many pictures of each it learned from was not recorded.`;
  const { training, validation, test } = counts;
  const rows = shown.map(
    (label, at) => `| ${at} | ${name(label)} | ${training[at] ?? 0} | ${validation[at] ?? 0} | ${test[at] ?? 0} |`,
  );
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return `${[
    '| | class | training | validation | test |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    `| | all | ${sum(training)} | ${sum(validation)} | ${sum(test)} |`,
  ].join('\n')}${more}`;
}

function limitations({ provenance }: Classifier): string {
  const counts = countsBySplit.safeParse(provenance['countsBySplit']).data;
  const fewest = counts === undefined ? null : Math.min(...counts.training);
  return [
    '- The accuracy holds for pictures like those it was measured on. Other cameras, places, light or seasons can lower it; measure it there before you rely on it.',
    '- Probabilities are not calibrated: 0.9 does not mean that nine of ten such answers are right.',
    '- It sees the centre square of a picture alone, scaled down: what is small or at the edge can escape it.',
    ...(fewest === null ? [] : [`- Its smallest class was learned from ${fewest} pictures.`]),
    '- What is rare or missing among the training pictures, people and their looks included, it names worse.',
  ].join('\n');
}

function sampleLines(labels: readonly string[], samples: readonly Sample[]): string[] {
  if (samples.length === 0) return [];
  const lines = samples.slice(0, MAX_LISTED_CLASSES).map(({ label, name }) => {
    return `- ${asCode(name)}: ${asCode(labels[label] ?? '')}`;
  });
  return ['## Sample pictures', 'Validation pictures that it names rightly, scaled down:', lines.join('\n')];
}
