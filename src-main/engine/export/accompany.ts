import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ExportFormat } from '../../contract/training.ts';
import { appRoot } from '../../system/app-root.ts';
import type { Classifier } from '../network/classifier.ts';
import type { ExportFile } from './export-file.ts';
import { labelsText } from './labels.ts';
import { licenceFile } from './licence-file.ts';
import { modelCard } from './model-card.ts';
import { preprocessingOf } from './preprocessing.ts';
import { readme } from './readme.ts';
import type { Sample } from './sample-pictures.ts';
import { targetOf } from './targets.ts';
import type { Check } from './verify.ts';

/**
 * What lies beside the model: `labels.txt`, `preprocessing.json`, `README.md`, `MODEL_CARD.md`, `LICENCE.txt`, sample code and, where
 * the user wants them, sample pictures.
 *
 * @param root  the folder that holds `assets`.
 */
export async function companions(
  classifier: Classifier,
  format: ExportFormat,
  check: Check,
  { samples: pictures = [], root = appRoot() }: { readonly samples?: readonly Sample[]; readonly root?: string } = {},
): Promise<ExportFile[]> {
  const target = await targetOf(format);
  const rule = { labels: classifier.labels, ...preprocessingOf(classifier, target.input) };
  const samples = await Promise.all(
    target.samples.map(async (path) => ({
      name: basename(path),
      content: await readFile(join(root, 'assets', 'export', path), 'utf8'),
    })),
  );
  const licence = await licenceFile(classifier, root);
  return [
    { name: 'labels.txt', content: labelsText(classifier.labels) },
    { name: 'preprocessing.json', content: `${JSON.stringify(rule, null, 2)}\n` },
    { name: 'README.md', content: readme(classifier, target, check) },
    { name: 'MODEL_CARD.md', content: modelCard({ classifier, target, check, samples: pictures }) },
    ...(licence === null ? [] : [licence]),
    ...samples,
    ...pictures,
  ];
}
