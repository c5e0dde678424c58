import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Classifier } from '../network/classifier.ts';
import type { ExportFile } from './export-file.ts';

/** Licences whose text has to go along with a copy, and lies in `assets/export/licences`. */
const TEXTS = ['Apache-2.0', 'MIT'] as const;

const catalogue = z.object({
  backbones: z.array(z.object({ id: z.string(), title: z.string(), publisher: z.string() })),
});

/**
 * LICENCE.txt: whose the backbone's weights are, that they were changed (Apache-2.0, section 4b), and the licence's text where it asks to
 * go along. Null for a network from scratch, which holds nothing of others.
 *
 * @param root  the folder that holds `assets`.
 */
export async function licenceFile({ backbone, licence }: Classifier, root: string): Promise<ExportFile | null> {
  if (backbone === 'scratch') return null;
  const { backbones } = catalogue.parse(JSON.parse(await readFile(join(root, 'assets', 'catalogue.json'), 'utf8')));
  const known = backbones.find(({ id }) => id === backbone);
  const whose =
    known === undefined
      ? `The pretrained backbone of this model is "${backbone}", which was added by the user who trained it.`
      : `The pretrained backbone of this model is ${known.title} (${backbone}), published by ${known.publisher}.`;
  const changes =
    'The weights have been changed: a new head was trained and possibly layers of the backbone too, batch normalisation was folded into the convolutions, and the file was written in another format.';
  const terms = await termsOf(licence, root);
  return { name: 'LICENCE.txt', content: `${[whose, changes, terms].join('\n\n')}\n` };
}

async function termsOf(licence: string, root: string): Promise<string> {
  if (licence === 'unknown')
    return 'Under which licence is not recorded. Find out before you pass the model on; "fovea backbones add --licence" records it.';
  const text = TEXTS.find((id) => id === licence);
  if (text === undefined)
    return `They are licensed under ${licence}. Its text: https://spdx.org/licenses/${encodeURIComponent(licence)}.html`;
  const content = await readFile(join(root, 'assets', 'export', 'licences', `${text}.txt`), 'utf8');
  return `They are licensed under ${licence}:\n\n${content.trimEnd()}`;
}
