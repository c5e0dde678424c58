import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, normalize } from 'node:path';
import { z } from 'zod';
import { datasetSummary, type DatasetSummary, type Picture, type Split } from '../contract/dataset.ts';
import { EngineError, ERROR_CODES, type ErrorCode } from '../contract/errors.ts';
import type { ProjectSummary } from '../contract/procedures.ts';
import { DEFAULT_TRAIN_CONFIG } from '../contract/training.ts';
import { isErrno, readTextIfThere, renameDurably, writeFileDurably } from '../system/durable-file.ts';
import type { Lanes } from './lanes.ts';
import { PictureLists } from './picture-lists.ts';
import type { Project, Projects } from './projects.ts';

/** What the last scan found. `folder` is the one that paths in the manifest are relative to. */
const scanFile = z.object({ version: z.literal(1), folder: z.string(), summary: datasetSummary });

/** Pictures of the sample set: enough to learn three shapes from in seconds. */
const SAMPLE = { imagesPerClass: 60, seed: 1 };

export interface PictureFilter {
  readonly className?: string | undefined;
  readonly split?: Split | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** The pictures of each project: where they lie and what the last scan found. */
export class Datasets {
  readonly #projects: Projects;
  readonly #lanes: Lanes;
  readonly #lists = new PictureLists();

  constructor(projects: Projects, lanes: Lanes) {
    this.#projects = projects;
    this.#lanes = lanes;
  }

  /** References a folder of the user's. The project keeps its earlier pictures if this one cannot be read. */
  async useFolder(projectId: string, folder: string): Promise<DatasetSummary> {
    await this.#projects.read(projectId);
    await requireFolder(folder);
    return this.#scan(projectId, { kind: 'folder', folder: normalize(folder) });
  }

  async scan(projectId: string): Promise<DatasetSummary> {
    const { source } = await this.#projects.read(projectId);
    return this.#scan(projectId, source);
  }

  /** Draws the sample pictures into a new project. */
  async createSample(): Promise<ProjectSummary> {
    const { id } = await this.#projects.create('Sample');
    try {
      const folder = join(this.#projects.folderOf(id), 'sample');
      await this.#lanes.light(id, { kind: 'draw-sample', folder, ...SAMPLE });
      await this.#scan(id, { kind: 'sample' });
    } catch (error) {
      await this.#projects.remove(id);
      throw error;
    }
    return this.#projects.get(id);
  }

  /** Null until a first scan has ended. */
  async summary(projectId: string): Promise<DatasetSummary | null> {
    await this.#projects.read(projectId);
    return (await this.#lastScan(projectId))?.summary ?? null;
  }

  async pictures(projectId: string, filter: PictureFilter): Promise<{ total: number; pictures: Picture[] }> {
    await this.#projects.read(projectId);
    if ((await this.#lastScan(projectId)) === null) return { total: 0, pictures: [] };
    const all = await this.#lists.read(this.#fileOf(projectId, 'pictures.jsonl'));
    const wanted = filter.className?.normalize('NFC');
    const end = filter.offset + filter.limit;
    const pictures: Picture[] = [];
    let total = 0;
    for (const picture of all.values()) {
      if (wanted !== undefined && picture.className !== wanted) continue;
      if (filter.split !== undefined && picture.split !== filter.split) continue;
      if (total >= filter.offset && total < end) pictures.push(picture);
      total++;
    }
    return { total, pictures };
  }

  /** A picture of the last scan and its file; null where the scan found none with this id. */
  async picture(projectId: string, pictureId: string): Promise<{ picture: Picture; file: string } | null> {
    const picture = (await this.#lists.read(this.#fileOf(projectId, 'pictures.jsonl'))).get(pictureId);
    const scan = picture === undefined ? null : await this.#lastScan(projectId);
    return picture === undefined || scan === null ? null : { picture, file: join(scan.folder, picture.path) };
  }

  /**
   * The folder that uploads of a project go into; from the first on, that folder is what the project shows.
   * A folder of the user's that it showed before is left as it is.
   */
  async uploadFolder(projectId: string): Promise<string> {
    const project = await this.#projects.read(projectId);
    const folder = join(this.#projects.folderOf(projectId), 'uploads');
    if (project.source.kind !== 'upload') {
      await mkdir(folder, { recursive: true });
      await this.#projects.update(projectId, () => ({ source: { kind: 'upload' }, imageCount: null }));
      await rm(this.#fileOf(projectId, 'dataset.json'), { force: true });
    }
    return folder;
  }

  /**
   * What a run needs: the scanned folder, and a copy of the manifest that a later scan cannot change.
   * @throws EngineError  the reason why training cannot start
   */
  async prepareRun(projectId: string, manifestCopy: string): Promise<{ folder: string }> {
    const { folder, manifestFile } = await this.requireTrainable(projectId);
    await cp(manifestFile, manifestCopy);
    return { folder };
  }

  /** The scanned folder and its manifest. @throws EngineError  the reason why it cannot be trained on */
  async requireTrainable(projectId: string): Promise<{ folder: string; manifestFile: string }> {
    await this.#projects.read(projectId);
    const scan = await this.#lastScan(projectId);
    if (scan === null) {
      throw new EngineError(
        'dataset/empty',
        'The project has no pictures yet. Drop a folder with one sub-folder a class, then train.',
      );
    }
    const { blocker } = scan.summary;
    if (blocker !== null) throw new EngineError(codeOf(blocker.code), blocker.message);
    await requireFolder(scan.folder);
    return { folder: scan.folder, manifestFile: this.#fileOf(projectId, 'dataset.jsonl') };
  }

  async #scan(projectId: string, source: Project['source']): Promise<DatasetSummary> {
    const folder = this.#projects.sourceFolder(projectId, { source });
    if (folder === null) {
      throw new EngineError('dataset/empty', 'The project has no pictures yet. Drop a folder of pictures first.');
    }
    const { seed, validationFraction, testFraction } = DEFAULT_TRAIN_CONFIG;
    const files = [this.#fileOf(projectId, 'dataset.jsonl'), this.#fileOf(projectId, 'pictures.jsonl')] as const;
    const [manifestFile, picturesFile] = [`${files[0]}.next`, `${files[1]}.next`];
    const summary = await this.#lanes.light(projectId, {
      kind: 'scan',
      folder,
      manifestFile,
      picturesFile,
      config: { seed, validationFraction, testFraction },
    });
    await renameDurably(manifestFile, files[0]);
    await renameDurably(picturesFile, files[1]);
    const scan: z.infer<typeof scanFile> = { version: 1, folder, summary };
    await writeFileDurably(this.#fileOf(projectId, 'dataset.json'), JSON.stringify(scan));
    await this.#projects.update(projectId, (project) => ({
      source,
      imageCount: summary.imageCount,
      name: nameOf(project, source),
    }));
    return summary;
  }

  async #lastScan(projectId: string): Promise<z.infer<typeof scanFile> | null> {
    const text = await readTextIfThere(this.#fileOf(projectId, 'dataset.json'));
    if (text === null) return null;
    try {
      return scanFile.parse(JSON.parse(text));
    } catch (error) {
      const message = `${this.#fileOf(projectId, 'dataset.json')} cannot be read. Scan the folder again.`;
      throw new EngineError('project/corrupt', message, { projectId }, { cause: error });
    }
  }

  #fileOf(projectId: string, name: 'dataset.json' | 'dataset.jsonl' | 'pictures.jsonl'): string {
    return join(this.#projects.folderOf(projectId), name);
  }
}

/** A project that the user has not named is called as the folder that it references. */
function nameOf({ name, isNamed }: Project, source: Project['source']): string {
  return isNamed || source.kind !== 'folder' ? name : basename(source.folder) || name;
}

/** @throws EngineError  what keeps an absolute path from being a folder that can be read */
export async function requireFolder(folder: string): Promise<void> {
  if (!isAbsolute(folder)) {
    const message = `"${folder}" is not a full path. Give the whole path of the folder, from the root of the disk.`;
    throw new EngineError('dataset/not-found', message, { folder });
  }
  let isFolder: boolean;
  try {
    isFolder = (await stat(folder)).isDirectory();
    if (isFolder) await readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE')) {
      const message = `There is no folder ${folder}. It may have been moved or its disk unplugged: choose it again.`;
      throw new EngineError('dataset/not-found', message, { folder });
    }
    if (isErrno(error, 'EACCES', 'EPERM')) {
      const message = `${folder} may not be read. Change its permissions, or copy the pictures elsewhere.`;
      throw new EngineError('dataset/unreadable', message, { folder });
    }
    throw error;
  }
  if (!isFolder) {
    const message = `${folder} is a file. Choose the folder that holds one sub-folder a class.`;
    throw new EngineError('dataset/not-a-folder', message, { folder });
  }
}

function codeOf(code: string): ErrorCode {
  return ERROR_CODES.find((known) => known === code) ?? 'internal';
}
