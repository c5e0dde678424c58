import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../contract/errors.ts';
import type { Datasets } from './datasets.ts';
import { readTextIfThere, writeFileDurably } from '../system/durable-file.ts';
import { BadPicture, type MediaProcess } from './media-process.ts';
import type { Projects } from './projects.ts';
import { SharedWork } from './shared-work.ts';

/** Longer sides that are made, pixels: a few, so that the cache holds each picture a few times at most. */
const SIZES_PX = [128, 256, 512, 1024, 2048];

export interface Thumbnail {
  readonly file: string;
  /** Changes whenever the answer would. */
  readonly tag: string;
}

/** Thumbnails of a project's pictures, kept by content in `<project>/cache/thumbnails`. */
export class Thumbnails {
  readonly #projects: Projects;
  readonly #datasets: Datasets;
  readonly #media: MediaProcess;
  readonly #making = new SharedWork();

  constructor(projects: Projects, datasets: Datasets, media: MediaProcess) {
    this.#projects = projects;
    this.#datasets = datasets;
    this.#media = media;
  }

  /**
   * A file that shows the picture upright, at least `sizePx` on its longer side where the picture has that much.
   *
   * @returns null where the project has no such picture
   * @throws EngineError `image/unreadable`
   */
  async get(projectId: string, pictureId: string, sizePx: number, signal?: AbortSignal): Promise<Thumbnail | null> {
    const found = await this.#datasets.picture(projectId, pictureId);
    if (found === null) return null;
    const { sha256 } = found.picture;
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`The manifest of ${projectId} holds the hash "${sha256}"`);
    const madeSizePx = SIZES_PX.find((size) => size >= sizePx) ?? Math.max(...SIZES_PX);
    const base = join(this.#projects.folderOf(projectId), 'cache', 'thumbnails', sha256.slice(0, 2), sha256);
    const targetFile = `${base}-${madeSizePx}.webp`;
    if (!existsSync(targetFile)) {
      await this.#refuseIfBad(base);
      const order = { sourceFile: found.file, targetFile, sizePx: madeSizePx };
      await this.#making.once(targetFile, () => this.#make(order, base, signal));
    }
    return { file: targetFile, tag: `${sha256.slice(0, 32)}-${madeSizePx}` };
  }

  async #make(order: Parameters<MediaProcess['make']>[0], base: string, signal?: AbortSignal): Promise<void> {
    await mkdir(dirname(order.targetFile), { recursive: true });
    try {
      await this.#media.make(order, signal);
    } catch (error) {
      if (error instanceof BadPicture)
        await writeFileDurably(`${base}.bad`, JSON.stringify({ message: error.message }));
      throw error;
    }
  }

  /** A picture that once brought the worker down is not tried again, in this session or a later one. */
  async #refuseIfBad(base: string): Promise<void> {
    const text = await readTextIfThere(`${base}.bad`);
    if (text === null) return;
    const { message } = z.object({ message: z.string() }).parse(JSON.parse(text));
    throw new EngineError('image/unreadable', message);
  }
}
