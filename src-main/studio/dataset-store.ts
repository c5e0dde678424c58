import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit, { type LimitFunction } from 'p-limit';
import { z } from 'zod';
import { datasetSummary } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import type { EditRequest } from '../contract/edits.ts';
import type { EditedDataset, EditedFiles, JobResults } from '../contract/jobs.ts';
import { DEFAULT_TRAIN_CONFIG } from '../contract/training.ts';
import { isErrno, readTextIfThere, renameDurably, writeFileDurably } from '../system/durable-file.ts';
import { mendEditLog, readEditLog, standingOf, type EditLog, type Standing } from './edit-log.ts';
import type { Lanes } from './lanes.ts';
import type { Log } from './log.ts';
import type { Project, Projects } from './projects.ts';

/** The split that the summary and the list of pictures show. */
export const SHOWN_SPLIT = {
  seed: DEFAULT_TRAIN_CONFIG.seed,
  validationFraction: DEFAULT_TRAIN_CONFIG.validationFraction,
  testFraction: DEFAULT_TRAIN_CONFIG.testFraction,
};

/** `dataset.json`: what the last scan found, as edits leave it. */
const datasetFile = z.object({
  version: z.literal(1),
  /** That paths in the manifest are relative to. */
  folder: z.string(),
  summary: datasetSummary,
  /** Whether `edited.jsonl` is the manifest to train on; else `dataset.jsonl` is, which the scan wrote. */
  isEdited: z.boolean().default(false),
  /** Length of the record of edits that this reflects: where they part, the app ended between the two. */
  editLogBytes: z.int().default(0),
  /** As in `EditedDataset`. */
  classNames: z.array(z.object({ id: z.string(), name: z.string(), isLive: z.boolean() })).default([]),
  gone: z.object({ pictureCount: z.int(), classCount: z.int() }).default({ pictureCount: 0, classCount: 0 }),
  /** What was lost of the record of edits; until the next edit or scan. */
  notice: z.string().nullable().default(null),
});
export type DatasetFile = z.infer<typeof datasetFile>;

type FileName = 'dataset.json' | 'dataset.jsonl' | 'edited.jsonl' | 'pictures.jsonl' | 'edits.jsonl';

/**
 * The dataset of each project on disk: `dataset.jsonl` (what the folder holds), `edits.jsonl` (what the user decided),
 * and what follows from the two: `edited.jsonl`, `pictures.jsonl`, and `dataset.json`, which is written last.
 */
export class DatasetStore {
  readonly #projects: Projects;
  readonly #lanes: Lanes;
  readonly #log: Log;
  readonly #changing = new Map<string, LimitFunction>();
  readonly #committing = new Map<string, LimitFunction>();

  constructor({ projects, lanes, log }: { projects: Projects; lanes: Lanes; log: Log }) {
    this.#projects = projects;
    this.#lanes = lanes;
    this.#log = log;
  }

  fileOf(projectId: string, name: FileName): string {
    return join(this.#projects.folderOf(projectId), name);
  }

  /** The manifest to train on. */
  manifestOf(projectId: string, { isEdited }: DatasetFile): string {
    return this.fileOf(projectId, isEdited ? 'edited.jsonl' : 'dataset.jsonl');
  }

  /** Scans and edits of a project, one at a time. */
  change<T>(projectId: string, work: () => Promise<T>): Promise<T> {
    return limitOf(this.#changing, projectId)(work);
  }

  /** Reads files of a project that belong together, while none of them is replaced. */
  atRest<T>(projectId: string, work: () => Promise<T>): Promise<T> {
    return limitOf(this.#committing, projectId)(work);
  }

  /** Null until a first scan has ended. Where edits were recorded and not applied yet, they are applied first. */
  async current(projectId: string): Promise<DatasetFile | null> {
    const found = await this.#read(projectId);
    if (found === null || found.editLogBytes === (await this.#editLogBytes(projectId))) return found;
    return this.change(projectId, () => this.applied(projectId));
  }

  /** As `current`, for who is within `change` already. */
  async applied(projectId: string): Promise<DatasetFile | null> {
    const found = await this.#read(projectId);
    if (found === null || found.editLogBytes === (await this.#editLogBytes(projectId))) return found;
    const { folder, notice: before } = found;
    const { notice, ...log } = await this.#wholeLog(projectId);
    const { dataset } = await this.plan(projectId, log.done, null);
    return this.#commit(projectId, fileFor(folder, dataset, log, notice ?? before), []);
  }

  async editLog(projectId: string): Promise<EditLog & Standing> {
    const log = await readEditLog(this.fileOf(projectId, 'edits.jsonl'));
    return { ...log, ...standingOf(log.steps) };
  }

  /** Scans a folder. To be called within `change`. */
  async scan(projectId: string, folder: string, changes: (project: Project) => Partial<Project>): Promise<DatasetFile> {
    const { notice, ...log } = await this.#wholeLog(projectId);
    const dataset = await this.#lanes.light(projectId, {
      kind: 'scan',
      folder,
      manifestFile: `${this.fileOf(projectId, 'dataset.jsonl')}.next`,
      edited: this.#nextFiles(projectId, log.done),
      config: SHOWN_SPLIT,
    });
    const file = fileFor(folder, dataset, log, notice);
    return this.#commit(projectId, file, ['dataset.jsonl'], changes);
  }

  /** What these edits, and one that is asked for, make of the dataset; nothing of it counts before `commitEdits`. */
  plan(projectId: string, done: Standing['done'], request: EditRequest | null): Promise<JobResults['edit']> {
    return this.#lanes.light(projectId, {
      kind: 'edit',
      manifestFile: this.fileOf(projectId, 'dataset.jsonl'),
      request,
      edited: this.#nextFiles(projectId, done),
      config: SHOWN_SPLIT,
    });
  }

  /** Puts what was planned last into place, once its step is in the log. To be called within `change`. */
  async commitEdits(projectId: string, { folder }: DatasetFile, dataset: EditedDataset): Promise<DatasetFile> {
    return this.#commit(projectId, fileFor(folder, dataset, await this.editLog(projectId), null), []);
  }

  /** The record of edits, mended where its end was torn. */
  async #wholeLog(projectId: string): Promise<EditLog & Standing & { notice: string | null }> {
    const log = await this.editLog(projectId);
    if (!log.isTorn) return { ...log, notice: null };
    const file = this.fileOf(projectId, 'edits.jsonl');
    const notice =
      'The last edit was cut off while it was recorded, when Fovea or the computer ended. It is left out; all edits before it are kept.';
    this.#log.error(`${file} has a torn end, which is cut off: ${notice}`);
    await mendEditLog(file, log);
    return { ...log, isTorn: false, notice };
  }

  #nextFiles(projectId: string, done: Standing['done']): EditedFiles {
    return {
      edits: done.map(({ edit }) => edit),
      manifestFile: `${this.fileOf(projectId, 'edited.jsonl')}.next`,
      picturesFile: `${this.fileOf(projectId, 'pictures.jsonl')}.next`,
    };
  }

  async #commit(
    projectId: string,
    file: DatasetFile,
    names: readonly FileName[],
    changes: (project: Project) => Partial<Project> = () => ({}),
  ): Promise<DatasetFile> {
    const replaced: readonly FileName[] = [
      ...names,
      ...(file.isEdited ? (['edited.jsonl'] as const) : []),
      'pictures.jsonl',
    ];
    await this.atRest(projectId, async () => {
      for (const name of replaced)
        await renameDurably(`${this.fileOf(projectId, name)}.next`, this.fileOf(projectId, name));
      await writeFileDurably(this.fileOf(projectId, 'dataset.json'), JSON.stringify(file));
    });
    const { imageCount } = file.summary;
    await this.#projects.update(projectId, (project) => ({ ...changes(project), imageCount }));
    return file;
  }

  async #read(projectId: string): Promise<DatasetFile | null> {
    const file = this.fileOf(projectId, 'dataset.json');
    const text = await readTextIfThere(file);
    if (text === null) return null;
    try {
      return datasetFile.parse(JSON.parse(text));
    } catch (error) {
      const message = `${file} cannot be read. Scan the folder again.`;
      throw new EngineError('project/corrupt', message, { projectId }, { cause: error });
    }
  }

  async #editLogBytes(projectId: string): Promise<number> {
    try {
      return (await stat(this.fileOf(projectId, 'edits.jsonl'))).size;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return 0;
      throw error;
    }
  }

  /** Forgets what was scanned; edits stay, for when their pictures are there again. */
  async forget(projectId: string): Promise<void> {
    await rm(this.fileOf(projectId, 'dataset.json'), { force: true });
  }
}

function fileFor(
  folder: string,
  { summary, classNames, gone }: EditedDataset,
  { done, goodBytes }: EditLog & Standing,
  notice: string | null,
): DatasetFile {
  const names = classNames.map((entry) => ({ ...entry }));
  const edits = { isEdited: done.length > 0, editLogBytes: goodBytes, classNames: names, gone: { ...gone } };
  return { version: 1, folder, summary, ...edits, notice };
}

function limitOf(limits: Map<string, LimitFunction>, key: string): LimitFunction {
  const limit = limits.get(key) ?? pLimit(1);
  limits.set(key, limit);
  return limit;
}
