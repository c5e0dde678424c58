/**
 * What earlier scans found in files that have not changed since.
 *
 * Context: a scan reads every byte for its SHA-256; asking the file system when a file last changed takes a hundredth of that.
 * Choice: as git's index does, a file counts as unchanged while size, times of change (of content and of the entry, in
 * nanoseconds) and inode are the same. One that changed less than two seconds before it was looked at is not remembered:
 * it could change again within the same tick of a coarse clock (FAT counts in 2 s).
 * Cost: who writes into a file while the system's clock is set back may be believed.
 */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../../system/cache-folder.ts';
import { writeFileDurably } from '../../system/durable-file.ts';
import { DECODER_VERSION } from '../images/libvips.ts';
import type { Refusal } from '../images/refusal.ts';

/** What a scan finds in a picture file: all but what its path says. */
export interface PictureFacts {
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

interface Remembered extends PictureFacts {
  readonly stamp: string;
}

/** Raise it when a scan finds other facts in the same file, or refuses what it took before. */
const RULES = 1;

const header = z.object({
  kind: z.literal('fovea-scan'),
  rules: z.literal(RULES),
  decoder: z.literal(DECODER_VERSION),
  folder: z.string(),
});
const line = z.tuple([z.string(), z.string(), z.int(), z.int(), z.int(), z.int(), z.string().length(64)]);

const SETTLED_MS = 2000n;

/** One takes about 200 bytes a picture. */
const MOST_FOLDERS = 100;

/** Where the scans of a folder are remembered. */
export function scanMemoryFile(folder: string): string {
  const name = createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 16);
  return cacheFolder('scan', `${name}.jsonl`);
}

/** The memory of one folder, during one scan. */
export class ScanMemory {
  readonly #file: string;
  readonly #folder: string;
  readonly #before: ReadonlyMap<string, Remembered>;
  readonly #now = new Map<string, Remembered>();
  #hasNew = false;

  private constructor(file: string, folder: string, before: ReadonlyMap<string, Remembered>) {
    this.#file = file;
    this.#folder = folder;
    this.#before = before;
  }

  /** @param file  what an earlier scan saved; one that is absent, broken or of other rules remembers nothing. */
  static async open(file: string, folder: string): Promise<ScanMemory> {
    return new ScanMemory(file, resolve(folder), await readRemembered(file, resolve(folder)));
  }

  /**
   * The facts of a picture, from memory if its file has not changed.
   *
   * @param path     relative to the folder.
   * @param inspect  reads the file. What it refuses is not remembered: the reason may lie outside the file.
   */
  async recall(path: string, inspect: () => Promise<PictureFacts | Refusal>): Promise<PictureFacts | Refusal> {
    const stamp = await settledStamp(`${this.#folder}/${path}`); // before reading: a change meanwhile shows next time
    const before = this.#before.get(path);
    if (before !== undefined && before.stamp === stamp) {
      this.#now.set(path, before);
      return before;
    }
    const found = await inspect();
    if (stamp !== null && 'sha256' in found) {
      this.#now.set(path, { ...found, stamp });
      this.#hasNew = true;
    }
    return found;
  }

  /** Writes down what is known now, if that is more than before. Pictures that are gone are forgotten then. */
  async save(): Promise<void> {
    if (!this.#hasNew) return;
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFileDurably(this.#file, this.#lines());
      await forgetOldest(dirname(this.#file));
    } catch {
      // A full disk or a cache that may not be written: the next scan reads the files again, as this one did.
    }
  }

  *#lines(): Generator<string> {
    const head: z.infer<typeof header> = {
      kind: 'fovea-scan',
      rules: RULES,
      decoder: DECODER_VERSION,
      folder: this.#folder,
    };
    yield `${JSON.stringify(head)}\n`;
    for (const [path, { stamp, width, height, orientation, sizeBytes, sha256 }] of this.#now) {
      const item: z.infer<typeof line> = [path, stamp, width, height, orientation, sizeBytes, sha256];
      yield `${JSON.stringify(item)}\n`;
    }
  }
}

/** Folders come and go: those that were scanned last are kept. */
async function forgetOldest(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= MOST_FOLDERS) return;
  const files = await Promise.all(
    names.map(async (name) => ({ name, mtimeMs: (await stat(join(folder, name))).mtimeMs })),
  );
  const oldest = files.sort((a, b) => b.mtimeMs - a.mtimeMs).slice(MOST_FOLDERS);
  await Promise.all(oldest.map(({ name }) => rm(join(folder, name), { force: true })));
}

async function readRemembered(file: string, folder: string): Promise<ReadonlyMap<string, Remembered>> {
  const remembered = new Map<string, Remembered>();
  try {
    const handle = await open(file);
    try {
      let isHeader = true;
      for await (const text of handle.readLines()) {
        if (isHeader && header.parse(JSON.parse(text)).folder !== folder) return new Map();
        if (!isHeader) {
          const [path, stamp, width, height, orientation, sizeBytes, sha256] = line.parse(JSON.parse(text));
          remembered.set(path, { stamp, width, height, orientation, sizeBytes, sha256 });
        }
        isHeader = false;
      }
    } finally {
      await handle.close();
    }
  } catch {
    return new Map(); // not scanned before, broken, or of another version: every file is read
  }
  return remembered;
}

/** What changes with a file; null where it cannot be told, or where the file has changed only just now. */
async function settledStamp(file: string): Promise<string | null> {
  const nowMs = BigInt(Date.now());
  let found: BigIntStats;
  try {
    found = await stat(file, { bigint: true });
  } catch {
    return null; // reading it will say why
  }
  const { size, mtimeNs, ctimeNs, ino, mtimeMs, ctimeMs } = found;
  const changedMs = mtimeMs > ctimeMs ? mtimeMs : ctimeMs;
  return nowMs - changedMs < SETTLED_MS ? null : `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}
