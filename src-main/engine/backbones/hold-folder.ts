import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import { isErrno } from '../../system/durable-file.ts';

const LOCK_FILE = 'in-use';

/**
 * Holds a folder of downloads for this process, since two that write the same file would spoil it.
 *
 * @returns lets go.
 * @throws EngineError `run/busy` while another process that is alive holds it.
 */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, LOCK_FILE);
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      const holder = Number(await readFile(file, 'utf8').catch(() => ''));
      if (isAlive(holder)) {
        const message = `${folder} is being filled by another Fovea (process ${holder}). Wait until it is done.`;
        throw new EngineError('run/busy', message, { folder });
      }
      await rm(file, { force: true }); // left by a killed process
    }
  }
}

function isAlive(processId: number): boolean {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}
