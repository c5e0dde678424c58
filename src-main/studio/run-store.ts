import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isErrno, readTextIfThere, renameDurably } from '../system/durable-file.ts';
import type { Log } from './log.ts';
import type { Projects } from './projects.ts';
import { Run } from './run.ts';
import { runFile } from './run-file.ts';

/** Of folders of runs that are being removed. */
const REMOVED = '.removed-';

/** The runs on the disk: a folder each, `<project>/runs/<id>/`, read once for as long as their project is open. */
export class RunStore {
  readonly #projects: Projects;
  readonly #log: Log;
  readonly #loaded = new Map<string, Promise<Map<string, Run>>>();

  constructor(projects: Projects, log: Log) {
    this.#projects = projects;
    this.#log = log;
  }

  /** By id; always the same map, so that a run that is put into it is there for all. */
  of(projectId: string): Promise<Map<string, Run>> {
    const loaded = this.#loaded.get(projectId) ?? this.#load(projectId);
    this.#loaded.set(projectId, loaded);
    loaded.catch(() => this.#loaded.delete(projectId)); // the next asks the disk again
    return loaded;
  }

  forget(projectId: string): void {
    this.#loaded.delete(projectId);
  }

  /** Removes a run that is over, and all that lies in its folder. */
  async remove({ place: { id, projectId, folder } }: Run): Promise<void> {
    const removed = join(dirname(folder), `${REMOVED}${id}`);
    await renameDurably(folder, removed); // at once, so that half a run is never seen
    (await this.of(projectId)).delete(id);
    await rm(removed, { recursive: true, force: true });
  }

  async #load(projectId: string): Promise<Map<string, Run>> {
    await this.#projects.read(projectId);
    const folder = join(this.#projects.folderOf(projectId), 'runs');
    const runs = new Map<string, Run>();
    for (const id of await readdir(folder).catch(noneIfAbsent)) {
      if (id.startsWith(REMOVED)) {
        await rm(join(folder, id), { recursive: true, force: true }); // cut off while it was removed
        continue;
      }
      const text = await readTextIfThere(join(folder, id, 'config.json'));
      if (text === null) continue; // cut off while it was made
      try {
        const file = runFile.parse(JSON.parse(text));
        runs.set(id, await Run.load({ id, projectId, folder: join(folder, id) }, file, this.#log));
      } catch (error) {
        this.#log.error(`Run ${id} of project ${projectId} cannot be read and is left out`, error);
      }
    }
    return runs;
  }
}

function noneIfAbsent(error: unknown): string[] {
  if (isErrno(error, 'ENOENT')) return [];
  throw error;
}
