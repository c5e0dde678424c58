/** Reads what a drop or a folder picker brought: every file below, with its path from the dropped folder on. */

export interface DroppedFile {
  /** Slash-separated, beginning with the name of the dropped folder or file. */
  readonly path: string;
  readonly file: File;
}

export interface DroppedItems {
  /** Set where exactly one folder was dropped and nothing else: the shell knows its real path. */
  readonly onlyFolder: File | null;
  /** Walks the folders. `onCount` reports how many files have been found. */
  read(onCount: (count: number) => void, signal: AbortSignal): Promise<readonly DroppedFile[]>;
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
      const found: DroppedFile[] = [];
      for (const entry of entries) {
        for await (const file of walk(entry, '')) {
          signal.throwIfAborted();
          found.push(file);
          onCount(found.length);
        }
      }
      return found;
    },
  };
}

/** Files of an `<input type="file">`; those of a folder picker carry their path. */
export function takePicked(files: FileList): DroppedItems {
  const picked = [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return { onlyFolder: null, read: () => Promise.resolve(picked) };
}

async function* walk(entry: FileSystemEntry, parent: string): AsyncGenerator<DroppedFile> {
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
