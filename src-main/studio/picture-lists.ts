import { readFile, stat } from 'node:fs/promises';
import { picture, type Picture } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { isErrno } from '../system/durable-file.ts';

/** The pictures of a `pictures.jsonl`, as the scan job writes it, kept while the file stays as it is. */
export class PictureLists {
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
    const pictures = parsePictures(await readFile(file, 'utf8'), file);
    this.#kept.delete(file);
    this.#kept.set(file, { stamp, pictures });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return pictures;
  }
}

const MOST_KEPT = 8;

function parsePictures(text: string, file: string): ReadonlyMap<string, Picture> {
  const pictures = new Map<string, Picture>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    try {
      const parsed = picture.parse(JSON.parse(line));
      pictures.set(parsed.id, parsed);
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
