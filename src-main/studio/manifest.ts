import { readFile, stat } from 'node:fs/promises';
import { picture, split, type Picture } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { isErrno } from './durable-file.ts';

/** A line of a manifest as the scan job writes it; the split stands there for the settings that it scanned with. */
const manifestLine = picture.extend({ split: split.optional(), folderSplit: split.nullish() });

/** The pictures of a `dataset.jsonl`, kept while the file stays as it is. */
export class ManifestReader {
  readonly #kept = new Map<string, { readonly stamp: string; readonly pictures: ReadonlyMap<string, Picture> }>();

  /** Pictures by id, in the order of the file; none where there is no file. */
  async read(file: string): Promise<ReadonlyMap<string, Picture>> {
    let stamp: string;
    try {
      const { mtimeMs, size, ino } = await stat(file);
      stamp = `${mtimeMs} ${size} ${ino}`;
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return new Map();
      throw error;
    }
    const kept = this.#kept.get(file);
    if (kept?.stamp === stamp) return kept.pictures;
    const pictures = parseManifest(await readFile(file, 'utf8'), file);
    this.#kept.delete(file);
    this.#kept.set(file, { stamp, pictures });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return pictures;
  }
}

const MOST_KEPT = 8;

function parseManifest(text: string, file: string): ReadonlyMap<string, Picture> {
  const pictures = new Map<string, Picture>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value !== 'object' || value === null || !('sha256' in value)) continue; // not a picture: header, skipped
      const { folderSplit, ...entry } = manifestLine.parse(value);
      pictures.set(entry.id, { ...entry, split: entry.split ?? folderSplit ?? 'training' });
    } catch (error) {
      throw new EngineError(
        'project/corrupt',
        `Line ${index + 1} of ${file} cannot be read as a picture. Scan the folder again.`,
        { file, line: index + 1 },
        { cause: error },
      );
    }
  }
  return pictures;
}
