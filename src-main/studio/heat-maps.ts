import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { isErrno, writeFileDurably } from '../system/durable-file.ts';
import type { Datasets } from './datasets.ts';
import { classNumberOf } from './predictions.ts';
import type { Predictors } from './predictors.ts';
import type { Projects } from './projects.ts';
import type { Runs } from './runs.ts';
import { SharedWork } from './shared-work.ts';
import type { Thumbnail } from './thumbnails.ts';

export interface HeatMapParts {
  readonly projects: Projects;
  readonly datasets: Datasets;
  readonly runs: Runs;
  readonly predictors: Predictors;
}

/** Some 5,000 of 224 × 224 pixels, of each project. */
const MOST_BYTES = 150e6;

/** Heat maps of a project's pictures, kept in `<project>/cache/heat-maps/<run>`; the oldest go when there are too many. */
export class HeatMaps {
  readonly #parts: HeatMapParts;
  readonly #mostBytes: number;
  readonly #making = new SharedWork();
  readonly #pruning = pLimit(1);
  /** What each project's maps take, as far as it has been counted. */
  readonly #bytes = new Map<string, number>();

  constructor(parts: HeatMapParts, mostBytes = MOST_BYTES) {
    this.#parts = parts;
    this.#mostBytes = mostBytes;
  }

  /**
   * A PNG, transparent where nothing counts, of the square that the network sees of a picture.
   *
   * @param className  null: of the class that the model predicts.
   * @returns          null where the project has no such picture
   * @throws EngineError `model/not-found`, `image/unreadable`, `setting/out-of-range`
   */
  async get(
    projectId: string,
    runId: string,
    { pictureId, className }: { readonly pictureId: string; readonly className: string | null },
    signal?: AbortSignal,
  ): Promise<Thumbnail | null> {
    const { projects, datasets, runs, predictors } = this.#parts;
    const model = await runs.modelOf(projectId, runId);
    const heatMapOf = classNumberOf(model, className);
    const found = await datasets.picture(projectId, pictureId);
    if (found === null) return null;
    const { sha256 } = found.picture;
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`The manifest of ${projectId} holds the hash "${sha256}"`);
    const folder = join(projects.folderOf(projectId), 'cache', 'heat-maps');
    const file = join(folder, runId, `${sha256}-${heatMapOf}.png`);
    if (!existsSync(file)) {
      await this.#making.once(file, async () => {
        const { heatMap } = await predictors.ask(model.folder, { picture: found.file, heatMapOf }, signal);
        if (heatMap === null) throw new Error('The predictor has made no heat map');
        await mkdir(dirname(file), { recursive: true });
        await writeFileDurably(file, heatMap.png);
        await this.#pruning(() => this.#prune(folder, heatMap.png.length));
      });
    }
    return { file, tag: `${runId}-${sha256.slice(0, 32)}-${heatMapOf}` };
  }

  /** Lets go of a run's model and removes its maps; the run may then be removed. */
  async leave(projectId: string, runId: string): Promise<void> {
    const { projects, runs, predictors } = this.#parts;
    const { place } = await runs.get(projectId, runId); // so that no other folder is ever meant
    predictors.end(place.folder);
    await rm(join(projects.folderOf(projectId), 'cache', 'heat-maps', place.id), { recursive: true, force: true });
  }

  /** Counts what has been added, and makes room for as much again as a quarter of all when there is too much. */
  async #prune(folder: string, addedBytes: number): Promise<void> {
    const counted = this.#bytes.get(folder);
    this.#bytes.set(folder, (counted ?? 0) + addedBytes);
    if (counted !== undefined && counted + addedBytes <= this.#mostBytes) return;
    const files = await listFiles(folder);
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    if (bytes > this.#mostBytes) {
      for (const { file, size } of files.sort((a, b) => a.madeAt - b.madeAt)) {
        if (bytes <= this.#mostBytes * 0.75) break;
        await rm(file, { force: true });
        bytes -= size;
      }
    }
    this.#bytes.set(folder, bytes);
  }
}

async function listFiles(folder: string) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (file) => {
      try {
        const { size, mtimeMs } = await stat(file);
        return { file, size, madeAt: mtimeMs };
      } catch (error) {
        if (isErrno(error, 'ENOENT')) return null; // its run was removed meanwhile
        throw error;
      }
    }),
  );
  return found.filter((one) => one !== null);
}
