/** What came from an address first is what is expected from it ever after: hashes outlive the backbone itself. */
import { join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../../contract/errors.ts';
import { readTextIfThere, writeFileDurably } from '../../system/durable-file.ts';
import { pinnedFile, type PinnedFile, type Places } from './entry.ts';

const FILE = 'known-hashes.json';
const known = z.record(z.string(), z.array(pinnedFile));

interface Arrived {
  readonly places: Places;
  /** Address. */
  readonly from: string;
  readonly title: string;
  readonly pins: readonly PinnedFile[];
  /** What the catalogue pins; absent where it pins nothing. */
  readonly expected?: readonly PinnedFile[] | undefined;
}

/** @throws EngineError `backbone/changed` that names the file and both hashes, if it is another than expected. */
export async function requireKnownHashes({ places, from, title, pins, expected }: Arrived): Promise<void> {
  const before = expected ?? (await readHashes(places))[from];
  for (const { path, sha256 } of before ?? []) {
    const now = pins.find((pin) => pin.path === path)?.sha256;
    if (now === sha256) continue;
    const since = expected ? 'the published one' : 'what came from there before';
    const message = `${title}: ${path} from ${from} is not ${since} (its SHA-256 is ${now ?? 'missing'}, not ${sha256}). It was not installed. If the publisher has renewed it and you trust that, remove its entry from ${join(places.added, FILE)}.`;
    throw new EngineError('backbone/changed', message, { path, from, expected: sha256, found: now ?? null });
  }
}

/** Of what came over a network: files of this machine may change. */
export async function rememberHashes(places: Places, from: string, pins: readonly PinnedFile[]): Promise<void> {
  if (!/^https?:/i.test(from)) return;
  const hashes = { ...(await readHashes(places)), [from]: pins };
  await writeFileDurably(join(places.added, FILE), `${JSON.stringify(hashes, null, 1)}\n`);
}

async function readHashes({ added }: Places): Promise<Readonly<Record<string, readonly PinnedFile[]>>> {
  const file = join(added, FILE);
  const text = await readTextIfThere(file);
  if (text === null) return {};
  try {
    return known.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${file} is damaged, so what was downloaded before cannot be compared. Restore it, or remove it to trust the next download.`;
    throw new EngineError('backbone/corrupt', message, { file }, { cause });
  }
}
