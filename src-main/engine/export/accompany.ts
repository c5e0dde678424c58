import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ExportFormat } from '../../contract/training.ts';
import { appRoot } from '../../system/app-root.ts';
import type { Classifier } from '../network/classifier.ts';
import type { ExportFile } from './export-file.ts';
import { labelsText } from './labels.ts';
import { preprocessingOf } from './preprocessing.ts';
import { readme } from './readme.ts';
import { targetOf } from './targets.ts';
import type { Check } from './verify.ts';

/**
 * What lies beside the model: `labels.txt`, `preprocessing.json`, `README.md`, sample code.
 *
 * @param root  the folder that holds `assets`.
 */
export async function companions(
  classifier: Classifier,
  format: ExportFormat,
  check: Check,
  root = appRoot(),
): Promise<ExportFile[]> {
  const target = await targetOf(format);
  const rule = { labels: classifier.labels, ...preprocessingOf(classifier, target.input) };
  const samples = target.samples.map(async (path) => ({
    name: basename(path),
    content: await readFile(join(root, 'assets', 'export', path), 'utf8'),
  }));
  return [
    { name: 'labels.txt', content: labelsText(classifier.labels) },
    { name: 'preprocessing.json', content: `${JSON.stringify(rule, null, 2)}\n` },
    { name: 'README.md', content: readme(classifier, target, check) },
    ...(await Promise.all(samples)),
  ];
}
