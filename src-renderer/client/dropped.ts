/** Reads what a drop or a folder picker brought: every file below, with its path from the dropped folder on. */

export interface DroppedFile {
  /** Slash-separated, beginning with the name of the dropped folder or file. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Fails where the file has vanished, may not be read, or is damaged in its zip file. */
  read(): Promise<Blob>;
}

export interface DroppedContent {
  readonly files: readonly DroppedFile[];
  /** Files that are not taken, and why, in words for the user. */
  readonly refused: readonly { readonly path: string; readonly message: string }[];
}

export interface DroppedItems {
  /** Set where exactly one folder was dropped and nothing else: the shell knows its real path. */
  readonly onlyFolder: File | null;
  /** Walks the folders and opens zip files. `onCount` reports how many files have been found. */
  read(onCount: (count: number) => void, signal: AbortSignal): Promise<DroppedContent>;
}

/** Must run inside the drop event: the browser empties the list afterwards. */
export function takeDropped(transfer: DataTransfer): DroppedItems {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const [first] = items;
  const isOneFolder = entries.length === 1 && entries[0]?.isDirectory === true;
  return {
    onlyFolder: isOneFolder ? (first?.getAsFile() ?? null) : null,
    async read(onCount, signal) {
      const found: Found[] = [];
      for (const entry of entries) {
        for await (const file of walk(entry, '')) {
          signal.throwIfAborted();
          found.push(file);
          onCount(found.length);
        }
      }
      return contentOf(found);
    },
  };
}

/** Files of an `<input type="file">`, those of a folder picker with their path, or files that the page made. */
export function takeFiles(files: Iterable<File>): DroppedItems {
  const picked = [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return { onlyFolder: null, read: () => contentOf(picked) };
}

interface Found {
  readonly path: string;
  readonly file: File;
}

/** A zip file that was dropped itself is opened; one within a folder is a file like any other. */
async function contentOf(found: readonly Found[]): Promise<DroppedContent> {
  const contents: DroppedContent[] = [];
  for (const { path, file } of found) {
    if (/^[^/]+\.zip$/i.test(path)) {
      const { readZip } = await import('./zip.ts');
      contents.push(await readZip(file));
    } else contents.push({ files: [{ path, sizeBytes: file.size, read: () => readable(file) }], refused: [] });
  }
  return { files: contents.flatMap(({ files }) => files), refused: contents.flatMap(({ refused }) => refused) };
}

/** A file that vanished or may not be read fails only when its bytes are asked for. */
async function readable(file: File): Promise<Blob> {
  await file.slice(0, 1).arrayBuffer();
  return file;
}

async function* walk(entry: FileSystemEntry, parent: string): AsyncGenerator<Found> {
  const path = parent === '' ? entry.name : `${parent}/${entry.name}`;
  if (isFile(entry)) {
    yield { path, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) };
    return;
  }
  if (!isDirectory(entry)) return;
  const reader = entry.createReader();
  for (;;) {
    // hands out at most 100 entries at a time, and an empty list at the end
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const child of batch) yield* walk(child, path);
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
