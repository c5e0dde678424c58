import type { DatasetSummary } from '../../src-main/contract/dataset.ts';
import type { Client } from '../client/client.ts';
import type { DesktopBridge } from '../client/desktop.ts';
import type { DroppedItems } from '../client/dropped.ts';
import { isCancelled, ProblemError, toProblem, type Problem } from '../client/problem.ts';
import { uploadFiles, type UploadFailure } from '../client/upload.ts';
import { planImport, type ImportPlace } from '../lib/import-plan.ts';

export type ImportPhase = 'listing' | 'copying' | 'reading';

/** What an import brings pictures into. */
export interface ImportTarget {
  /** Null makes a new project, named after the folder. */
  readonly projectId: string | null;
  /** Where the pictures belong among those that are there; absent where there are none. */
  readonly place?: ImportPlace;
}

export interface ImportOutcome {
  readonly projectId: string;
  readonly dataset: DatasetSummary;
}

/**
 * Brings pictures into a project, one import at a time: in the shell a folder is referenced where it lies, in a
 * browser its files are copied. It outlives the screens, so that one can look around meanwhile.
 */
export class ImportState {
  phase = $state<ImportPhase | null>(null);
  /** Null until the new project exists. */
  projectId = $state<string | null>(null);
  fileCount = $state(0);
  doneCount = $state(0);
  totalBytes = $state(0);
  doneBytes = $state(0);
  failures = $state.raw<readonly UploadFailure[]>([]);
  problem = $state.raw<Problem | null>(null);
  /** Pictures dropped without a folder, so without a class. */
  looseCount = $state(0);
  /** How far a copy came that was cancelled. */
  stopped = $state.raw<{ readonly done: number; readonly total: number } | null>(null);
  outcome = $state.raw<ImportOutcome | null>(null);
  readonly isBusy = $derived(this.phase !== null);
  #abort = new AbortController();

  constructor(
    readonly client: Client,
    readonly desktop: DesktopBridge | null,
    /** Called as soon as the project that receives the pictures is known. */
    readonly onProject: (projectId: string) => void,
  ) {}

  /** Pictures from a drop or a folder picker of the browser. */
  async add(items: DroppedItems, target: ImportTarget): Promise<void> {
    const path = items.onlyFolder === null ? '' : (this.desktop?.pathOfFile(items.onlyFolder) ?? '');
    // what joins other pictures is copied to them, in the shell too
    if (path !== '' && target.place === undefined) return this.useFolder(path, target.projectId);
    await this.#run(target.projectId, async (signal) => {
      this.phase = 'listing';
      const { files, refused } = await items.read((count) => (this.fileCount = count), signal);
      const plan = planImport(
        files.map((file) => file.path),
        target.place,
      );
      const uploads = files.flatMap((file, index) => {
        const to = plan.targets[index] ?? null;
        return to === null ? [] : [{ ...file, path: to }];
      });
      this.failures = refused;
      this.looseCount = files.length - uploads.length;
      if (uploads.length === 0) throw new ProblemError('dataset/empty', '');
      const projectId = await this.#project(target.projectId, plan.name);
      this.phase = 'copying';
      this.fileCount = uploads.length;
      this.totalBytes = uploads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      const failures = await uploadFiles(projectId, uploads, {
        signal,
        onDone: ({ sizeBytes }) => {
          this.doneCount += 1;
          this.doneBytes += sizeBytes;
        },
      });
      this.failures = [...refused, ...failures];
      this.phase = 'reading';
      return this.client.dataset.scan({ projectId }, { signal });
    });
  }

  /** A folder of this machine, by its path (the shell knows it). */
  async useFolder(folder: string, intoProjectId: string | null): Promise<void> {
    await this.#run(intoProjectId, async (signal) => {
      this.phase = 'reading';
      const projectId = await this.#project(intoProjectId, null);
      return this.client.dataset.useFolder({ projectId, folder }, { signal });
    });
  }

  /** Pictures that Fovea draws itself. */
  async useSample(): Promise<void> {
    await this.#run(null, async (signal) => {
      this.phase = 'reading';
      const project = await this.client.projects.createSample(undefined, { signal });
      this.#show(project.id);
      const dataset = await this.client.dataset.summary({ projectId: project.id }, { signal });
      return dataset ?? this.client.dataset.scan({ projectId: project.id }, { signal });
    });
  }

  cancel(): void {
    this.#abort.abort();
  }

  /** Forgets what an earlier import left to say. */
  dismiss(): void {
    this.problem = null;
    this.failures = [];
    this.looseCount = 0;
    this.stopped = null;
  }

  async #run(projectId: string | null, work: (signal: AbortSignal) => Promise<DatasetSummary>): Promise<void> {
    if (this.isBusy) return;
    this.dismiss();
    this.#abort = new AbortController();
    this.projectId = projectId;
    this.fileCount = this.doneCount = this.totalBytes = this.doneBytes = 0;
    this.phase = 'listing';
    try {
      const dataset = await work(this.#abort.signal);
      if (this.projectId !== null) this.outcome = { projectId: this.projectId, dataset };
    } catch (error) {
      if (!isCancelled(error)) this.problem = toProblem(error);
      else await this.#readWhatCame();
    } finally {
      this.phase = null;
    }
  }

  /** After a cancelled copy: what has arrived counts, the rest was never there. */
  async #readWhatCame(): Promise<void> {
    const { projectId } = this;
    if (projectId === null || this.doneCount === 0) return;
    this.stopped = { done: this.doneCount, total: this.fileCount };
    this.phase = 'reading';
    try {
      this.outcome = { projectId, dataset: await this.client.dataset.scan({ projectId }) };
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  async #project(projectId: string | null, name: string | null): Promise<string> {
    const id = projectId ?? (await this.client.projects.create(name === null ? {} : { name: name.slice(0, 200) })).id;
    this.#show(id);
    return id;
  }

  #show(projectId: string): void {
    this.projectId = projectId;
    this.onProject(projectId);
  }
}
