import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit, { type LimitFunction } from 'p-limit';
import { z } from 'zod';
import { EngineError, toWireError } from '../contract/errors.ts';
import type { ProjectSummary } from '../contract/procedures.ts';
import { isErrno, readTextIfThere, renameDurably, writeFileDurably } from '../system/durable-file.ts';
import type { Log } from './log.ts';

const FORMAT_VERSION = 1;

const projectFile = z.object({
  format: z.literal('fovea-project'),
  version: z.literal(FORMAT_VERSION),
  name: z.string(),
  /** Whether the user chose the name; until then the project takes its folder's. */
  isNamed: z.boolean(),
  createdAt: z.iso.datetime(),
  /** `folder` is the user's own and absolute; `upload` and `sample` lie inside the project, wherever that is moved. */
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('folder'), folder: z.string() }),
    z.object({ kind: z.literal('upload') }),
    z.object({ kind: z.literal('sample') }),
  ]),
  /** Copies of what the dataset and the last run say, so that a list of projects reads one small file each. */
  imageCount: z.int().nullable(),
  lastAccuracy: z.number().nullable(),
});
export type Project = z.infer<typeof projectFile>;

const ID = /^[a-z0-9-]{1,64}$/;
/** Names of folders that are not yet, or no longer, a project. */
const UNFINISHED = '.unfinished-';

/** The projects on disk: `<folder>/<id>/fovea.json` and what belongs to each. */
export class Projects {
  readonly #folder: string;
  readonly #log: Log;
  readonly #writing = new Map<string, LimitFunction>();

  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Makes the folder and clears away what was cut off while it was made or removed. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const names = await readdir(this.#folder);
    const leftovers = names.filter((name) => name.startsWith(UNFINISHED));
    await Promise.all(leftovers.map((name) => rm(join(this.#folder, name), { recursive: true, force: true })));
  }

  /** A project's folder. @throws EngineError `project/not-found` for what cannot be an id, so that it is never part of a path. */
  folderOf(id: string): string {
    if (!ID.test(id)) throw notFound(id);
    return join(this.#folder, id);
  }

  /** Newest first. A project that cannot be read is listed with its `problem`. */
  async list(): Promise<ProjectSummary[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true });
    const ids = entries.filter((entry) => entry.isDirectory() && ID.test(entry.name)).map(({ name }) => name);
    const summaries = await Promise.all(ids.map((id) => this.get(id).catch((error) => this.#broken(id, error))));
    return summaries.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || a.id.localeCompare(b.id));
  }

  async get(id: string): Promise<ProjectSummary> {
    return this.#summary(id, await this.read(id));
  }

  async create(name?: string): Promise<ProjectSummary> {
    const id = randomUUID();
    const project: Project = {
      format: 'fovea-project',
      version: FORMAT_VERSION,
      name: name ?? 'Untitled',
      isNamed: name !== undefined,
      createdAt: new Date().toISOString(),
      source: { kind: 'none' },
      imageCount: null,
      lastAccuracy: null,
    };
    const unfinished = this.#unfinishedFolder();
    await mkdir(unfinished);
    await writeProject(unfinished, project);
    await renameDurably(unfinished, this.folderOf(id)); // at once, so that no half project is ever seen
    return this.#summary(id, project);
  }

  /** Changes a project; changes of one project happen one after the other. */
  update(id: string, change: (project: Project) => Partial<Project>): Promise<ProjectSummary> {
    const limit = this.#writing.get(id) ?? pLimit(1);
    this.#writing.set(id, limit);
    return limit(async () => {
      const project = await this.read(id);
      const changed = { ...project, ...change(project) };
      await writeProject(this.folderOf(id), changed);
      return this.#summary(id, changed);
    });
  }

  /** Removes a project with its runs and its own copies of pictures; a folder of the user's is never touched. */
  async remove(id: string): Promise<void> {
    const removed = this.#unfinishedFolder();
    try {
      await renameDurably(this.folderOf(id), removed);
    } catch (error) {
      throw isErrno(error, 'ENOENT') ? notFound(id) : error;
    }
    this.#writing.delete(id);
    await rm(removed, { recursive: true, force: true });
  }

  /** Where the pictures of a project lie; null while it has none. */
  sourceFolder(id: string, { source }: Pick<Project, 'source'>): string | null {
    if (source.kind === 'folder') return source.folder;
    if (source.kind === 'none') return null;
    return join(this.folderOf(id), source.kind === 'upload' ? 'uploads' : 'sample');
  }

  async read(id: string): Promise<Project> {
    const file = join(this.folderOf(id), 'fovea.json');
    const text = await readTextIfThere(file);
    if (text === null) throw notFound(id);
    return parseProject(text, file);
  }

  #unfinishedFolder(): string {
    return join(this.#folder, `${UNFINISHED}${randomUUID()}`);
  }

  #summary(id: string, project: Project): ProjectSummary {
    const { name, createdAt, source, imageCount, lastAccuracy } = project;
    const folder = this.sourceFolder(id, project);
    return { id, name, createdAt, source: { kind: source.kind, folder }, imageCount, lastAccuracy, problem: null };
  }

  async #broken(id: string, error: unknown): Promise<ProjectSummary> {
    this.#log.error(`Project ${id} cannot be read`, error);
    const { code, message } = toWireError(error);
    const madeAt = await stat(this.folderOf(id)).then(
      ({ birthtime }) => birthtime,
      () => new Date(0),
    );
    return {
      id,
      name: id,
      createdAt: madeAt.toISOString(),
      source: { kind: 'none', folder: null },
      imageCount: null,
      lastAccuracy: null,
      problem: { code, message },
    };
  }
}

async function writeProject(folder: string, project: Project): Promise<void> {
  await writeFileDurably(join(folder, 'fovea.json'), `${JSON.stringify(project, null, 2)}\n`);
}

function parseProject(text: string, file: string): Project {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw corrupt(file, 'it is not JSON', error);
  }
  const header = z.object({ version: z.number() }).safeParse(value);
  if (header.success && header.data.version > FORMAT_VERSION) {
    throw new EngineError(
      'project/corrupt',
      `${file} was written by a newer Fovea (format ${header.data.version}; this one reads format ${FORMAT_VERSION}). Update Fovea to open this project.`,
      { file, version: header.data.version, readableVersion: FORMAT_VERSION },
    );
  }
  const project = projectFile.safeParse(value);
  if (!project.success) throw corrupt(file, z.prettifyError(project.error).replaceAll('\n', ' '), project.error);
  return project.data;
}

function corrupt(file: string, what: string, cause: unknown): EngineError {
  return new EngineError(
    'project/corrupt',
    `${file} cannot be read as a project: ${what}. Put an earlier copy of the file back, or remove the project.`,
    { file },
    { cause },
  );
}

function notFound(id: string): EngineError {
  return new EngineError('project/not-found', `There is no project "${id}". It may have been removed.`, {
    projectId: id,
  });
}
