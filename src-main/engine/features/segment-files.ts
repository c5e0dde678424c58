/**
 * Files of a segment: rows of one table that one process wrote, and nobody changes afterwards.
 *
 *     PID-UUID.rows       the rows, one after another, all of one size
 *     PID-UUID.keys       per row: SHA-256 of the picture (32 bytes), CRC-32 of that and of the row (4 bytes)
 *     PID-UUID.keys.part  the same while the segment is being written
 *
 * A row is written before its key, so that a killed process leaves at worst a row without a key or a part of a key. Only
 * after both files have reached the disk does `.keys.part` become `.keys`: from then on the segment is sealed and its keys
 * are believed. An unsealed one, of a process that was killed or still writes, is believed row by row (read-segment.ts).
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Says in words what a table's folder holds; nothing reads it. */
export const TABLE_FILE = 'table.json';

export const HASH_BYTES = 32;
export const KEY_BYTES = HASH_BYTES + 4;

const FILE = /^((\d+)-[0-9a-f-]{36})\.(rows|keys|keys\.part)$/;

export const rowsFile = (folder: string, name: string): string => join(folder, `${name}.rows`);
export const keysFile = (folder: string, name: string): string => join(folder, `${name}.keys`);
export const unsealedKeysFile = (folder: string, name: string): string => join(folder, `${name}.keys.part`);

/** Ties the row to its picture: a row under another picture's key fails too. */
export function checksum(hash: Uint8Array, row: Uint8Array): number {
  return crc32(row, crc32(hash));
}

/** A segment as its file names tell of it. */
export interface SegmentNames {
  readonly name: string;
  readonly isSealed: boolean;
  /** Full paths of what is there. */
  readonly files: readonly string[];
}

/** The segments in a table's folder, by name; none where there is no folder. */
export async function listSegments(folder: string): Promise<SegmentNames[]> {
  const found = new Map<string, string[]>();
  for (const entry of await namesIn(folder)) {
    const name = FILE.exec(entry)?.[1];
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), join(folder, entry)]);
  }
  return [...found]
    .map(([name, files]) => ({ name, files, isSealed: files.includes(keysFile(folder, name)) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Names in a folder that may have gone meanwhile. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Another process, or this one, has removed the file or folder. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** What this process is writing: a process in a container may have the number of one that was killed before it. */
const writtenHere = new Set<string>();

export function newSegmentName(): string {
  const name = `${process.pid}-${randomUUID()}`;
  writtenHere.add(name);
  return name;
}

export function writingEnded(name: string): void {
  writtenHere.delete(name);
}

/**
 * Whether the process that wrote an unsealed segment may still write it.
 *
 * A wrong answer costs work, never a wrong row: taken for alive, a segment is verified again at each opening; taken for
 * dead, it is sealed as it stands, and what its writer adds is not seen.
 *
 * @param writtenMs  when the segment was last written.
 */
export function isWriterAlive(name: string, writtenMs: number): boolean {
  const pid = Number(FILE.exec(`${name}.rows`)?.[2]);
  if (pid === process.pid) return writtenHere.has(name);
  const startedMs = Date.now() - uptime() * 1000;
  if (writtenMs < startedMs) return false; // numbers of processes start again with the machine
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // of another user
  }
}

/** Keys first: rows without keys are nothing to anybody. */
const filesOf = (folder: string, name: string): string[] =>
  [keysFile, unsealedKeysFile, rowsFile].map((file) => file(folder, name));

export async function removeSegment(folder: string, name: string): Promise<void> {
  for (const file of filesOf(folder, name)) await rm(file, { force: true });
}

export function removeSegmentSync(folder: string, name: string): void {
  for (const file of filesOf(folder, name)) rmSync(file, { force: true });
}
