/** Reads zip files in the browser: their directory at once, each file when it is copied, so that memory holds only a few. */
import type { FileEntry } from '@zip.js/zip.js';
import { decodeZipName, entryRefusal, isSystemEntry, zipPaths, zipRefusal } from '../lib/zip-plan.ts';
import { m } from '../paraglide/messages.js';
import type { DroppedContent } from './dropped.ts';
import { ProblemError } from './problem.ts';
import { entriesOf, isFile } from './zip-entries.ts';

/** @throws ProblemError  where the file is no zip file, or nothing of it can be taken */
export async function readZip(zip: File): Promise<DroppedContent> {
  const entries = await directoryOf(zip);
  const files = entries.filter(isFile).filter((entry) => !isSystemEntry(entry.filename));
  const refusal = zipRefusal(
    entries.length,
    files.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0),
    zip.size,
  );
  if (refusal !== null) throw new ProblemError('import/refused', `${zip.name}: ${refusal}`);
  const judged = files.map((entry) => {
    const { filename: path, uncompressedSize: sizeBytes, encrypted: isEncrypted } = entry;
    return { entry, path, sizeBytes, refusal: entryRefusal({ path, sizeBytes, isEncrypted }) };
  });
  const taken = judged.filter(({ refusal: why }) => why === null);
  const paths = zipPaths(
    taken.map(({ path }) => path),
    zip.name,
  );
  return {
    files: taken.map(({ entry, sizeBytes }, index) => ({
      path: paths[index] ?? entry.filename,
      sizeBytes,
      read: () => unpack(entry, sizeBytes),
    })),
    refused: judged.flatMap(({ path, refusal: why }) => (why === null ? [] : [{ path, message: why }])),
  };
}

async function directoryOf(zip: File) {
  try {
    // names are judged one by one, with a reason for each
    const options = { filenameValidation: 'tolerant', decodeText: decodeZipName } as const;
    return await entriesOf(zip, options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProblemError('import/refused', m.zip_unreadable({ name: zip.name, why }));
  }
}

/** The directory's word on the size is not taken: what is larger is cut off before it fills the memory. */
async function unpack(entry: FileEntry, sizeBytes: number): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let leftBytes = sizeBytes;
  const sink = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(chunk) {
      leftBytes -= chunk.byteLength;
      if (leftBytes < 0) throw new Error(m.zip_larger_than_said());
      parts.push(chunk);
    },
  });
  await entry.getData(sink, { checkOverlappingEntry: true, checkCrc32: true });
  return new Blob(parts);
}
