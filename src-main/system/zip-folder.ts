import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Zip, ZipPassThrough } from 'fflate';

/** The first moment that a zip can name: the same files give the same bytes. */
const NO_DATE = new Date(1980, 0, 1);

/** A folder as a zip, written while it is read, in the order of the paths. Weights do not shrink, so nothing is compressed. */
export async function* zipFolder(folder: string): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error !== null) throw error;
    ready.push(chunk);
  });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const zipped = new ZipPassThrough(relative(folder, file).split(sep).join('/'));
    zipped.mtime = NO_DATE;
    zip.add(zipped);
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      zipped.push(chunk);
      yield* ready.splice(0);
    }
    zipped.push(new Uint8Array(), true);
  }
  zip.end();
  yield* ready;
}

/** Writes a folder's zip into a new file, which is on disk when this answers. */
export async function writeZip(folder: string, file: string): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    for await (const chunk of zipFolder(folder)) await handle.writeFile(chunk); // each goes on where the one before ended
    await handle.sync();
  } finally {
    await handle.close();
  }
}
