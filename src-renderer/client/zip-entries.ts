/** The directory of a zip file, and the text of its files. */
import type { Entry, FileEntry, ZipReaderConstructorOptions } from '@zip.js/zip.js';
import { BlobReader, configure, TextWriter, ZipReader } from '@zip.js/zip.js/lib/zip-core-custom.js'; // brings no inflate of its own, 23 kB

configure({ useWebWorkers: false }); // the browser's own inflate does not hold the page up, and the page's policy allows no workers from elsewhere

/** @throws  where it is no zip file */
export async function entriesOf(zip: Blob, options: ZipReaderConstructorOptions = {}): Promise<readonly Entry[]> {
  return new ZipReader(new BlobReader(zip), options).getEntries();
}

export const isFile = (entry: Entry): entry is FileEntry => !entry.directory;

export async function textOf(entry: FileEntry): Promise<string> {
  return entry.getData(new TextWriter());
}
