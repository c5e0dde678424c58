import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { EngineError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/events.ts';
import type { NewName } from '../contract/jobs.ts';
import type { RunSummary } from '../contract/procedures.ts';
import type { SkippedFile } from '../contract/dataset.ts';
import type { Evaluation, TrainReport, TtaReport } from '../contract/results.ts';
import { requireSettingsThatFit } from '../contract/setting-rules.ts';
import type { TtaSettings } from '../contract/test-time-augmentation.ts';
import type { TrainConfig } from '../contract/training.ts';
import { requireBackbone } from './backbones.ts';
import { labelsIn, newNamesOf, renameInEvaluation, renameInEvent, renameInReport } from './class-names.ts';
import type { DatasetStore } from './dataset-store.ts';
import { requireFolder, type Datasets } from './datasets.ts';
import { requireFreeSpace } from './free-space.ts';
import type { Lanes } from './lanes.ts';
import type { Log } from './log.ts';
import type { Projects } from './projects.ts';
import { readEvaluation } from './read-evaluation.ts';
import { Run } from './run.ts';
import { MANIFEST_FILE } from './run-file.ts';
import { RunStore } from './run-store.ts';
import { takeOverCheckpoint } from './take-over-checkpoint.ts';

export interface RunsParts {
  readonly projects: Projects;
  readonly datasets: Datasets;
  readonly lanes: Lanes;
  readonly log: Log;
}

interface Parts extends RunsParts {
  readonly store: DatasetStore;
}

export interface RunModel {
  readonly folder: string;
  /** In the order of the probabilities. */
  readonly classes: readonly string[];
}

/** The runs of all projects: `<project>/runs/<id>/`. */
export class Runs {
  readonly #parts: Parts;
  readonly #disk: RunStore;
  readonly #executing = new Map<Run, Promise<void>>();
  /** Starts happen one after the other, so that no two runs get the same number. */
  readonly #starting = pLimit(1);
  #isClosing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#disk = new RunStore(parts.projects, parts.log);
  }

  /** Oldest first. */
  async list(projectId: string): Promise<RunSummary[]> {
    const runs = await this.#disk.of(projectId);
    const summaries = await Promise.all([...runs.values()].map((run) => this.#shown(run)));
    return summaries.sort((a, b) => a.number - b.number);
  }

  /** How a run stands. Its classes are called as they are now. */
  async summary(projectId: string, runId: string): Promise<RunSummary> {
    return this.#shown(await this.get(projectId, runId));
  }

  /** What the classes of a run are called now, where that is not what they were when it was started. */
  async newNames(projectId: string, runId: string): Promise<NewName[]> {
    return this.#newNames(await this.get(projectId, runId));
  }

  /** Every event after number `after`, as `Run.follow`. */
  async *follow(
    { projectId, runId, after }: { projectId: string; runId: string; after: number },
    signal?: AbortSignal,
  ): AsyncGenerator<RunEvent, void> {
    const run = await this.get(projectId, runId);
    for await (const event of run.follow(after, signal)) {
      const labels = labelsIn(event);
      yield labels.length > 0 ? renameInEvent(event, await this.#newNames(run, labels)) : event;
    }
  }

  async get(projectId: string, runId: string): Promise<Run> {
    const run = (await this.#disk.of(projectId)).get(runId);
    if (run === undefined) {
      throw new EngineError('run/not-found', `There is no run "${runId}" in this project.`, { projectId, runId });
    }
    return run;
  }

  /** Puts a run into the queue. @throws EngineError  the reason why it cannot be trained, before anything is queued */
  start(projectId: string, config: TrainConfig, { isComparison = false } = {}): Promise<RunSummary> {
    return this.#starting(() => this.#start(projectId, config, isComparison));
  }

  async #start(projectId: string, config: TrainConfig, isComparison: boolean): Promise<RunSummary> {
    const { datasets, projects, log } = this.#parts;
    requireSettingsThatFit(config);
    await datasets.requireTrainable(projectId);
    if (config.from === undefined) await requireBackbone(config.backbone);
    await requireFreeSpace(projects.folderOf(projectId));
    const runs = await this.#disk.of(projectId);
    const id = randomUUID();
    const folder = join(projects.folderOf(projectId), 'runs', id);
    await mkdir(folder, { recursive: true });
    let run: Run;
    try {
      const { folder: pictureFolder, classIds } = await datasets.prepareRun(projectId, join(folder, MANIFEST_FILE));
      const number = 1 + Math.max(0, ...[...runs.values()].map(({ file }) => file.number));
      const file = {
        version: 1 as const,
        number,
        name: null,
        createdAt: new Date().toISOString(),
        isComparison,
        config,
        folder: pictureFolder,
        classIds,
      };
      const place = { id, projectId, folder };
      await takeOverCheckpoint([...runs.values()], config, folder);
      run = await Run.create(place, file, log);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    runs.set(id, run);
    this.#execute(run);
    return run.summary();
  }

  #execute(run: Run): void {
    const { lanes, log } = this.#parts;
    const { id, projectId } = run.place;
    const ending = run
      .execute(
        lanes,
        log,
        () => this.#isClosing,
        async (report) => (run.file.isComparison ? undefined : this.#keepAccuracy(projectId, report)),
      )
      .catch((error: unknown) => log.error(`The end of run ${id} could not be kept`, error))
      .finally(() => this.#executing.delete(run));
    this.#executing.set(run, ending);
  }

  async stop(projectId: string, runId: string): Promise<RunSummary> {
    const run = await this.get(projectId, runId);
    if (run.summary().status === 'paused') await run.giveUp(this.#parts.log);
    return this.#endSoon(run, () => run.stop());
  }

  async pause(projectId: string, runId: string): Promise<RunSummary> {
    const run = await this.get(projectId, runId);
    return this.#endSoon(run, () => run.pause());
  }

  async #endSoon(run: Run, end: () => void): Promise<RunSummary> {
    const wasQueued = run.summary().status === 'queued';
    end();
    if (wasQueued) await this.#executing.get(run); // it leaves the queue at once
    return this.#shown(run);
  }

  /**
   * Puts a run that was paused or cut off into the queue again.
   *
   * @throws EngineError `run/not-resumable`, and the reasons of `start` that can have come up since.
   */
  async resume(projectId: string, runId: string): Promise<RunSummary> {
    const { projects, log } = this.#parts;
    const run = await this.get(projectId, runId);
    await requireFolder(run.file.folder);
    await requireBackbone(run.file.config.backbone);
    await requireFreeSpace(projects.folderOf(projectId));
    if (run.isOver) await this.#executing.get(run); // one that has just been paused is still being put away
    await run.resume(log);
    this.#execute(run);
    return run.summary();
  }

  /** @param name  empty: none */
  async rename(projectId: string, runId: string, name: string): Promise<RunSummary> {
    const run = await this.get(projectId, runId);
    await run.rename(name === '' ? null : name);
    return run.summary();
  }

  /** Removes a run and all that lies in its folder; one that goes on is ended first. */
  async remove(projectId: string, runId: string): Promise<void> {
    const run = await this.get(projectId, runId);
    run.kill();
    await this.#executing.get(run);
    await this.#disk.remove(run);
    const runs = await this.#disk.of(projectId);
    const newestFirst = [...runs.values()].map((one) => one.summary()).sort((a, b) => b.number - a.number);
    const report = newestFirst.find((one) => one.report !== null && !one.isComparison)?.report ?? null;
    if (report === null) await this.#parts.projects.update(projectId, () => ({ lastAccuracy: null }));
    else await this.#keepAccuracy(projectId, report);
  }

  async evaluation(projectId: string, runId: string): Promise<Evaluation> {
    return renameInEvaluation(await this.recordedEvaluation(projectId, runId), await this.newNames(projectId, runId));
  }

  /** As it was recorded, with the names that the run's own manifest has. */
  async recordedEvaluation(projectId: string, runId: string): Promise<Evaluation> {
    return readEvaluation((await this.#requireModel(projectId, runId)).place.folder);
  }

  /**
   * What test-time augmentation brings on the pictures that the run reports of.
   *
   * @param signal  aborted when nobody waits for the answer any more.
   */
  async evaluateTta(
    projectId: string,
    runId: string,
    tta: TtaSettings,
    signal?: AbortSignal,
  ): Promise<TtaReport & { skipped: SkippedFile[] }> {
    const { file, place } = await this.#requireModel(projectId, runId);
    const result = await this.#parts.lanes.heavy(
      projectId,
      {
        kind: 'evaluate',
        modelFolder: join(place.folder, 'model'),
        folder: file.folder,
        headline: { manifestFile: join(place.folder, 'dataset.jsonl'), config: file.config },
        tta,
      },
      signal ? { signal } : {},
    );
    if (result.tta === undefined) throw new Error('The worker measured without test-time augmentation');
    const evaluation = renameInEvaluation(result.tta.evaluation, await this.newNames(projectId, runId));
    return { ...result.tta, evaluation, skipped: result.skipped };
  }

  /** A finished run's model. @throws EngineError `model/not-found` while it has none */
  async modelOf(projectId: string, runId: string): Promise<RunModel> {
    const run = await this.#requireModel(projectId, runId);
    return { folder: join(run.place.folder, 'model'), classes: (await this.#shown(run)).report?.classes ?? [] };
  }

  /** The folder of a run that has a model. @throws EngineError `model/not-found` while it has none */
  async folderWithModel(projectId: string, runId: string): Promise<string> {
    return (await this.#requireModel(projectId, runId)).place.folder;
  }

  /** The pictures that a run was started with: their folder, and its own copy of the manifest. */
  async picturesOf(projectId: string, runId: string): Promise<{ folder: string; manifestFile: string }> {
    const { file, place } = await this.get(projectId, runId);
    return { folder: file.folder, manifestFile: join(place.folder, MANIFEST_FILE) };
  }

  /** Ends what a project still runs and forgets it; its files may then be removed. */
  async leave(projectId: string): Promise<void> {
    this.#parts.lanes.cancel(projectId);
    await Promise.all([...this.#executing].flatMap(([run, end]) => (run.place.projectId === projectId ? [end] : [])));
    this.#disk.forget(projectId);
  }

  /** Ends all runs; each is kept as interrupted. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#parts.lanes.close();
    await Promise.all(this.#executing.values());
  }

  async #requireModel(projectId: string, runId: string): Promise<Run> {
    const run = await this.get(projectId, runId);
    const { report, status, number } = run.summary();
    if (report === null) {
      const message = `Run ${number} has no results: it is ${status}. Choose a run that finished.`;
      throw new EngineError('model/not-found', message, { projectId, runId, status });
    }
    return run;
  }

  async #shown(run: Run): Promise<RunSummary> {
    const summary = run.summary();
    if (summary.report === null) return summary;
    return { ...summary, report: renameInReport(summary.report, await this.#newNames(run)) };
  }

  /** @param labels  classes of the run, as it knows them; absent: those of its report, none before there is one. */
  async #newNames(run: Run, labels: readonly string[] = run.summary().report?.classes ?? []): Promise<NewName[]> {
    const dataset = await this.#parts.store.current(run.place.projectId);
    return dataset === null ? [] : newNamesOf(labels, run.file.classIds, dataset);
  }

  async #keepAccuracy(projectId: string, { accuracy }: TrainReport): Promise<void> {
    const lastAccuracy = accuracy.test ?? accuracy.val;
    await this.#parts.projects.update(projectId, () => ({ lastAccuracy }));
  }
}
