/**
 * Where a training stands, so that one that was cut off goes on to the very weights that it would have reached.
 *
 * One file: eight bytes of magic, the SHA-256 of all that follows, the length of a JSON header, the header, then little-endian
 * float32 values. It is replaced as a whole.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isErrno, writeFileDurably } from '../../system/durable-file.ts';
import { bytesOf, float32Of } from '../network/little-endian.ts';

export interface Checkpoint {
  /** What the training is a function of: a checkpoint of other settings or pictures is none. */
  readonly fingerprint: string;
  /** Counters and the like. JSON. */
  readonly state: unknown;
  readonly arrays: Readonly<Record<string, Float32Array>>;
}

const MAGIC = Buffer.from('FOVEACP1', 'latin1');
const header = z.object({
  fingerprint: z.string(),
  state: z.unknown(),
  arrays: z.array(z.object({ name: z.string(), length: z.int().min(0) })),
});

const HASH_START = MAGIC.length;
const BODY_START = HASH_START + 32;

/** Survives a power cut once this returns; until then the file holds what it held before. */
export async function saveCheckpoint(file: string, { fingerprint, state, arrays }: Checkpoint): Promise<void> {
  const entries = Object.entries(arrays);
  const values = Buffer.concat(entries.map(([, array]) => bytesOf(array)));
  const head: z.infer<typeof header> = {
    fingerprint,
    state,
    arrays: entries.map(([name, { length }]) => ({ name, length })),
  };
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const body = Buffer.concat([length, text, values]);
  await writeFileDurably(file, Buffer.concat([MAGIC, hashOf(body), body]));
}

/**
 * @returns null where there is none, or where it belongs to another training or is damaged: then training begins anew, which
 *          leads to the same weights.
 */
export async function loadCheckpoint(file: string, fingerprint: string): Promise<Checkpoint | null> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  });
  const checkpoint = bytes === null ? null : parse(bytes);
  return checkpoint?.fingerprint === fingerprint ? checkpoint : null;
}

function parse(bytes: Buffer): Checkpoint | null {
  const body = bytes.subarray(BODY_START);
  if (body.length < 4 || !bytes.subarray(0, HASH_START).equals(MAGIC)) return null;
  if (!bytes.subarray(HASH_START, BODY_START).equals(hashOf(body))) return null;
  const valuesStart = 4 + body.readUInt32LE();
  const head = header.parse(JSON.parse(body.toString('utf8', 4, valuesStart)));
  const row = float32Of(body.subarray(valuesStart));
  let offset = 0;
  const arrays: Record<string, Float32Array> = {};
  for (const { name, length } of head.arrays) arrays[name] = row.slice(offset, (offset += length));
  return { fingerprint: head.fingerprint, state: head.state, arrays };
}

function hashOf(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest();
}
