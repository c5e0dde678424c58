import { cp, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, normalize } from 'node:path';
import type { DatasetSummary, ListedPicture, PictureFilter } from '../contract/dataset.ts';
import { EngineError, ERROR_CODES, type ErrorCode } from '../contract/errors.ts';
import type { ProjectSummary } from '../contract/procedures.ts';
import { isErrno } from '../system/durable-file.ts';
import { classIdsOf, type ClassId } from './class-names.ts';
import type { DatasetStore } from './dataset-store.ts';
import type { Lanes } from './lanes.ts';
import { matcherOf } from './picture-filter.ts';
import { PictureLists } from './picture-lists.ts';
import type { Project, Projects } from './projects.ts';

/** Pictures of the sample set: enough to learn three shapes from in seconds. */
const SAMPLE = { imagesPerClass: 60, seed: 1 };

/** The pictures of each project: where they lie and what the last scan found. */
export class Datasets {
  readonly #projects: Projects;
  readonly #lanes: Lanes;
  readonly #store: DatasetStore;
  readonly #lists = new PictureLists();

  constructor({ projects, lanes, store }: { projects: Projects; lanes: Lanes; store: DatasetStore }) {
    this.#projects = projects;
    this.#lanes = lanes;
    this.#store = store;
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
    return (await this.#store.current(projectId))?.summary ?? null;
  }

  /** A page of the pictures that the filter lets through. */
  async pictures(
    projectId: string,
    { offset, limit, ...filter }: PictureFilter & { readonly offset: number; readonly limit: number },
  ): Promise<{ total: number; pictures: ListedPicture[] }> {
    const found = await this.#filtered(projectId, filter);
    return { total: found.length, pictures: found.slice(offset, offset + limit) };
  }

  async pictureIds(projectId: string, filter: PictureFilter): Promise<{ pictureIds: string[] }> {
    return { pictureIds: (await this.#filtered(projectId, filter)).map(({ id }) => id) };
  }

  async #filtered(projectId: string, filter: PictureFilter): Promise<ListedPicture[]> {
    await this.#projects.read(projectId);
    if ((await this.#store.current(projectId)) === null) return [];
    const all = await this.#lists.read(this.#store.fileOf(projectId, 'pictures.jsonl'));
    return [...all.values()].filter(matcherOf(filter));
  }

  /** A picture of the last scan and its file, excluded or not; null where the scan found none with this id. */
  async picture(projectId: string, pictureId: string): Promise<{ picture: ListedPicture; file: string } | null> {
    const picture = (await this.#lists.read(this.#store.fileOf(projectId, 'pictures.jsonl'))).get(pictureId);
    const scan = picture === undefined ? null : await this.#store.current(projectId);
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
      await this.#store.forget(projectId);
    }
    return folder;
  }

  /**
   * What a run needs: the scanned folder, and a copy of the manifest that a later scan or edit cannot change.
   * @throws EngineError  the reason why training cannot start
   */
  async prepareRun(projectId: string, manifestCopy: string): Promise<{ folder: string; classIds: ClassId[] }> {
    await this.requireTrainable(projectId); // applies what edits are not applied yet
    return this.#store.atRest(projectId, async () => {
      const { folder, manifestFile, classIds } = await this.requireTrainable(projectId);
      await cp(manifestFile, manifestCopy);
      return { folder, classIds };
    });
  }

  /** The scanned folder and its manifest with edits. @throws EngineError  the reason why it cannot be trained on */
  async requireTrainable(projectId: string): Promise<{ folder: string; manifestFile: string; classIds: ClassId[] }> {
    await this.#projects.read(projectId);
    const scan = await this.#store.current(projectId);
    if (scan === null) {
      throw new EngineError(
        'dataset/empty',
        'The project has no pictures yet. Drop a folder with one sub-folder a class, then train.',
      );
    }
    const { blocker } = scan.summary;
    if (blocker !== null) throw new EngineError(codeOf(blocker.code), blocker.message);
    await requireFolder(scan.folder);
    return { folder: scan.folder, manifestFile: this.#store.manifestOf(projectId, scan), classIds: classIdsOf(scan) };
  }

  async #scan(projectId: string, source: Project['source']): Promise<DatasetSummary> {
    const folder = this.#projects.sourceFolder(projectId, { source });
    if (folder === null) {
      throw new EngineError('dataset/empty', 'The project has no pictures yet. Drop a folder of pictures first.');
    }
    const changes = (project: Project) => ({ source, name: nameOf(project, source) });
    return this.#store.change(projectId, async () => (await this.#store.scan(projectId, folder, changes)).summary);
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
