import { skipReasons } from '../../contract/skip-reasons.ts';
import type { Split } from '../../contract/dataset.ts';

/** What people call the folders of a ready-made split, in lower case. */
const SPLIT_NAMES: Readonly<Record<string, Split>> = {
  train: 'training',
  training: 'training',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
};

export function splitOfFolder(name: string): Split | null {
  return SPLIT_NAMES[name.toLowerCase()] ?? null;
}

/** Left behind by file managers, archives, network storage and notebooks; never the user's pictures. */
const SYSTEM_NAMES = new Set([
  '.ds_store',
  '.ipynb_checkpoints',
  '.localized',
  '__macosx',
  '@eadir',
  '$recycle.bin',
  'desktop.ini',
  'ehthumbs.db',
  'icon\r',
  'lost+found',
  'system volume information',
  'thumbs.db',
]);

/** Why an entry is left alone for its name; null for an ordinary one. `._name` is the Mac's shadow of a file `name`. */
export function explainSystemName(name: string): string | null {
  if (SYSTEM_NAMES.has(name.toLowerCase()) || name.startsWith('._')) return skipReasons.say('system-file');
  return name.startsWith('.') ? skipReasons.say('hidden-file') : null;
}

const PICTURE_EXTENSION = /\.(jpe?g|jfif|png|webp|avif|gif|tiff?|bmp|dib|hei[cf])$/i;

/** Whether a name claims to be a picture; what the file really is, its content says. */
export function hasPictureName(name: string): boolean {
  return PICTURE_EXTENSION.test(name);
}

/**
 * Order of class names: by Unicode code point, which no language setting and no version of an Intl library changes. It
 * is also the order of Keras, torchvision and Python's `sorted`, so class numbers agree with theirs.
 */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)); // UTF-8 sorts as its code points do
}
