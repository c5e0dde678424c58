import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cacheFolder } from '../../system/cache-folder.ts';
import { writeFileDurably } from '../../system/durable-file.ts';

/** What was found out about this machine, by fingerprint. */
export type MachineMemory<Finding> = Readonly<Record<string, Finding>>;

/** @param name  of the file in the cache folder; both it and its findings are ours. */
export async function readMemory<Finding>(name: string): Promise<MachineMemory<Finding>> {
  try {
    return JSON.parse(await readFile(cacheFolder(name), 'utf8')) as MachineMemory<Finding>; // as: our own file; a broken one reads as none below
  } catch {
    return {}; // nothing remembered yet, or a half-written file: it is found out again
  }
}

export async function writeMemory(name: string, memory: MachineMemory<unknown>): Promise<void> {
  const file = cacheFolder(name);
  await mkdir(dirname(file), { recursive: true });
  await writeFileDurably(file, JSON.stringify(memory, null, 2));
}
