import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { CopyOrder, CopyReport, EditHistory, EditRequest, EditResult } from '../contract/edits.ts';
import { EngineError } from '../contract/errors.ts';
import { isErrno } from '../system/durable-file.ts';
import { appendToEditLog, type EditLog, type EditStep, type Standing } from './edit-log.ts';
import { SHOWN_SPLIT, type DatasetFile, type DatasetStore } from './dataset-store.ts';
import { describeEdit } from './edit-words.ts';
import type { Lanes } from './lanes.ts';
import type { Projects } from './projects.ts';

interface Parts {
  readonly projects: Projects;
  readonly lanes: Lanes;
  readonly store: DatasetStore;
}

/**
 * What the user decides about the pictures of each project, with undo and redo. An edit counts from the moment that its step
 * is in the project's log; what follows from it is written beside it first, and put in place after.
 */
export class Edits {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws EngineError  why the edit cannot be made; then nothing is recorded */
  edit(projectId: string, request: EditRequest): Promise<EditResult> {
    return this.#change(projectId, async (dataset, log) => {
      const { store } = this.#parts;
      const planned = await store.plan(projectId, log.done, request);
      const { changedCount } = planned;
      if (planned.edit === null) return resultOf(dataset, log, { isRecorded: false, changedCount });
      await this.#append(projectId, log, { type: 'edit', at: now(), edit: planned.edit });
      const after = await store.commitEdits(projectId, dataset, planned.dataset);
      return resultOf(after, await store.editLog(projectId), { isRecorded: true, changedCount });
    });
  }

  undo(projectId: string): Promise<EditResult> {
    return this.#step(projectId, 'undo');
  }

  redo(projectId: string): Promise<EditResult> {
    return this.#step(projectId, 'redo');
  }

  /** @param limit  edits at most, the newest. */
  async history(projectId: string, limit: number): Promise<EditHistory> {
    const { projects, store } = this.#parts;
    await projects.read(projectId);
    const dataset = await store.current(projectId);
    const { done, undone } = await store.editLog(projectId);
    const all = [...done, ...undone];
    const edits = all.map(({ at, edit }, index) => ({ number: index + 1, editedAt: at, ...describeEdit(edit) }));
    return {
      edits: edits.reverse().slice(0, limit),
      total: all.length,
      ...placeIn({ done, undone }),
      gone: dataset?.gone ?? { pictureCount: 0, classCount: 0 },
      notice: dataset?.notice ?? null,
    };
  }

  /** Writes the edited dataset to a new folder. @param signal  aborted when nobody waits for it any more. */
  async applyToCopy(projectId: string, order: CopyOrder, signal?: AbortSignal): Promise<CopyReport> {
    const { projects, store, lanes } = this.#parts;
    await projects.read(projectId);
    const dataset = await store.current(projectId);
    if (dataset === null) throw nothingScanned();
    if (!isAbsolute(order.folder)) {
      const message = `"${order.folder}" is not a full path. Give the whole path of the folder to copy into.`;
      throw new EngineError('export/target-unwritable', message, { folder: order.folder });
    }
    const manifestFile = store.manifestOf(projectId, dataset);
    const job = { kind: 'copy-dataset', folder: dataset.folder, manifestFile, order, config: SHOWN_SPLIT } as const;
    return lanes.copying(projectId, job, { stopSignal: signal }); // to stop, not to be killed: it has a draft to clear away
  }

  #step(projectId: string, type: 'undo' | 'redo'): Promise<EditResult> {
    return this.#change(projectId, async (dataset, log) => {
      const { store } = this.#parts;
      const [next] = log.undone;
      if (type === 'undo' ? log.done.length === 0 : next === undefined) throw noSuchEdit(type);
      const done = type === 'undo' ? log.done.slice(0, -1) : [...log.done, ...log.undone.slice(0, 1)];
      const planned = await store.plan(projectId, done, null);
      await this.#append(projectId, log, { type, at: now() });
      const after = await store.commitEdits(projectId, dataset, planned.dataset);
      return resultOf(after, await store.editLog(projectId), { isRecorded: true, changedCount: null });
    });
  }

  async #change(
    projectId: string,
    work: (dataset: DatasetFile, log: EditLog & Standing) => Promise<EditResult>,
  ): Promise<EditResult> {
    const { projects, store } = this.#parts;
    await projects.read(projectId);
    return store.change(projectId, async () => {
      const dataset = await store.applied(projectId);
      if (dataset === null) throw nothingScanned();
      await requireWritable(projects.folderOf(projectId), store.fileOf(projectId, 'edits.jsonl'));
      return work(dataset, await store.editLog(projectId));
    });
  }

  async #append(projectId: string, log: EditLog, step: EditStep): Promise<void> {
    await appendToEditLog(this.#parts.store.fileOf(projectId, 'edits.jsonl'), log, step);
  }
}

function resultOf(
  { summary }: DatasetFile,
  standing: Standing,
  what: Pick<EditResult, 'isRecorded' | 'changedCount'>,
): EditResult {
  return { ...what, summary, ...placeIn(standing) };
}

function placeIn({ done, undone }: Standing): Pick<EditHistory, 'position' | 'canUndo' | 'canRedo'> {
  return { position: done.length, canUndo: done.length > 0, canRedo: undone.length > 0 };
}

function now(): string {
  return new Date().toISOString();
}

/** Asks before anything is computed; the record of edits need not be there yet. */
async function requireWritable(folder: string, record: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
    await access(record, constants.W_OK);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    const message = `${folder} cannot be written to, so no edit can be recorded. Make the folder and what is in it writable, or move the project's data to another disk.`;
    throw new EngineError('project/read-only', message, { folder }, { cause: error });
  }
}

function nothingScanned(): EngineError {
  return new EngineError(
    'dataset/empty',
    'The project has no pictures yet. Drop a folder with one sub-folder a class.',
  );
}

function noSuchEdit(type: 'undo' | 'redo'): EngineError {
  const why = type === 'undo' ? 'No edit is done' : 'No edit was undone since the last one was made';
  return new EngineError('dataset/no-such-edit', `${why}, so there is nothing to ${type}.`, { type });
}
