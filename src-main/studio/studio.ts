import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { implement, withEventMeta } from '@orpc/server';
import { toWireError, type WireError } from '../contract/errors.ts';
import type { RunEvent } from '../contract/events.ts';
import { contract } from '../contract/procedures.ts';
import type { Backend } from '../contract/training.ts';
import { appVersion } from '../system/app-version.ts';
import { addBackbone, listBackbones, removeBackbone } from './backbones.ts';
import { Coaches } from './coaches.ts';
import { DatasetStore } from './dataset-store.ts';
import { Datasets } from './datasets.ts';
import { Edits } from './edits.ts';
import { Exports } from './exports.ts';
import { toFailure } from './failures.ts';
import { HeatMaps } from './heat-maps.ts';
import { Lab } from './lab.ts';
import { Lanes } from './lanes.ts';
import { lockFolder } from './lock.ts';
import { openLog, type Log } from './log.ts';
import { MediaProcess } from './media-process.ts';
import { workerFile } from './paths.ts';
import { Plans } from './plans.ts';
import { Predictions } from './predictions.ts';
import { Predictors } from './predictors.ts';
import { Projects } from './projects.ts';
import { Runs } from './runs.ts';
import { Thumbnails } from './thumbnails.ts';
import { Transfers } from './transfers.ts';

export interface StudioOptions {
  readonly dataFolder: string;
  /** The programs of the workers; by default those of this build. */
  readonly workers?: { readonly compute?: string; readonly media?: string; readonly predictor?: string };
}

/** Projects, runs, the job queue and the workers of one data folder. */
export interface Studio {
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly log: Log;
  readonly projects: Projects;
  readonly datasets: Datasets;
  readonly exports: Exports;
  readonly thumbnails: Thumbnails;
  readonly heatMaps: HeatMaps;
  readonly predictions: Predictions;
  /** Implements the contract. */
  readonly router: ReturnType<typeof createRouter>;
  /** Ends all workers; what ran is kept as interrupted. */
  close(): Promise<void>;
}

/** @throws EngineError `run/busy` if the data folder is open elsewhere */
export async function openStudio(options: StudioOptions): Promise<Studio> {
  await mkdir(options.dataFolder, { recursive: true });
  const unlock = await lockFolder(options.dataFolder);
  try {
    return await openLocked(options, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openLocked({ dataFolder, workers = {} }: StudioOptions, unlock: () => Promise<void>): Promise<Studio> {
  const logFolder = join(dataFolder, 'logs');
  const log = openLog(logFolder);
  const projects = new Projects(join(dataFolder, 'projects'), log);
  await projects.open();
  const lanes = new Lanes({ log, worker: workers.compute ?? workerFile('compute') });
  const store = new DatasetStore({ projects, lanes, log });
  const datasets = new Datasets({ projects, lanes, store });
  const runs = new Runs({ projects, datasets, store, lanes, log });
  const coaches = new Coaches({ projects, datasets, lanes, log });
  const exports = new Exports(runs, lanes);
  const transfers = new Transfers({ datasets, lanes, runs });
  const media = new MediaProcess(workers.media ?? workerFile('media'), log);
  const predictors = new Predictors(workers.predictor ?? workerFile('predictor'), log);
  const parts = {
    dataFolder,
    logFolder,
    log,
    projects,
    datasets,
    exports,
    thumbnails: new Thumbnails(projects, datasets, media),
    heatMaps: new HeatMaps({ projects, datasets, runs, predictors }),
    predictions: new Predictions(runs, lanes, predictors),
  };
  return {
    ...parts,
    router: createRouter({
      ...parts,
      edits: new Edits({ projects, lanes, store }),
      runs,
      plans: new Plans(datasets, lanes),
      predictors,
      coaches,
      transfers,
      lanes,
      lab: new Lab(datasets, lanes),
      machine: probeMachine(lanes, log),
    }),
    async close() {
      media.close();
      predictors.close();
      coaches.close();
      await runs.close();
      await log.close();
      await unlock();
    },
  };
}

interface Machine {
  backend: Backend | null;
  problem: WireError | null;
}

/** Finds out once, in the background, how fast this machine runs. A training waits for it, reading a folder does not. */
function probeMachine(lanes: Lanes, log: Log): Machine {
  const machine: Machine = { backend: null, problem: null };
  lanes.heavy('probe', { kind: 'probe', fresh: false }).then(
    (backend) => (machine.backend = backend),
    (error: unknown) => {
      machine.problem = toWireError(error);
      if (machine.problem.code !== 'run/cancelled') log.error('The backends cannot be probed', error);
    },
  );
  return machine;
}

interface RouterParts extends Omit<Studio, 'router' | 'close'> {
  readonly edits: Edits;
  readonly runs: Runs;
  readonly plans: Plans;
  readonly predictors: Predictors;
  readonly lab: Lab;
  readonly coaches: Coaches;
  readonly transfers: Transfers;
  readonly lanes: Lanes;
  readonly machine: Machine;
}

/** Events with their numbers as ids of the stream, which a client sends back when it comes again. */
async function* numbered(events: AsyncIterable<RunEvent>): AsyncGenerator<RunEvent, void> {
  for await (const event of events) yield withEventMeta(event, { id: String(event.seq) });
}

function createRouter(parts: RouterParts) {
  const { dataFolder, log, projects, datasets, edits, exports, heatMaps, predictions, predictors } = parts;
  const { runs, plans, lab, coaches, transfers, lanes, machine } = parts;
  const os = implement(contract).use(async ({ next, errors, path }) => {
    try {
      return await next();
    } catch (error) {
      throw errors.FAILED(failureOf(error, path));
    }
  });
  const failureOf = (error: unknown, path: readonly string[]) => {
    const { code, message, details } = toFailure(error, path.join('.'), log);
    return { message, data: { code, details: { ...details } } };
  };
  return os.router({
    app: {
      status: os.app.status.handler(async () => ({
        version: appVersion(),
        backend: machine.backend,
        backendProblem:
          machine.problem === null ? null : { code: machine.problem.code, message: machine.problem.message },
        backbones: (await listBackbones()).filter(({ isInstalled, isOnRequest }) => isInstalled || !isOnRequest),
        dataFolder,
      })),
      cache: os.app.cache.handler(({ signal }) =>
        lanes.light('cache', { kind: 'cache', clear: false }, signal === undefined ? {} : { signal }),
      ),
      clearCache: os.app.clearCache.handler(() => lanes.light('cache', { kind: 'cache', clear: true })),
    },
    backbones: {
      list: os.backbones.list.handler(() => listBackbones()),
      add: os.backbones.add.handler(async function* ({ input, signal, errors, path }) {
        try {
          yield* addBackbone(input, lanes, signal);
        } catch (error) {
          throw errors.FAILED(failureOf(error, path)); // what fails after the answer has begun
        }
      }),
      remove: os.backbones.remove.handler(async ({ input }) => {
        await removeBackbone(input.id);
        return {};
      }),
    },
    projects: {
      list: os.projects.list.handler(() => projects.list()),
      create: os.projects.create.handler(({ input }) => projects.create(input.name)),
      get: os.projects.get.handler(({ input }) => projects.get(input.projectId)),
      rename: os.projects.rename.handler(({ input: { projectId, name } }) =>
        projects.update(projectId, () => ({ name, isNamed: true })),
      ),
      remove: os.projects.remove.handler(async ({ input: { projectId } }) => {
        await runs.leave(projectId);
        await coaches.leave(projectId);
        predictors.end(projects.folderOf(projectId));
        await projects.remove(projectId);
        return {};
      }),
      createSample: os.projects.createSample.handler(() => datasets.createSample()),
    },
    dataset: {
      useFolder: os.dataset.useFolder.handler(({ input }) => datasets.useFolder(input.projectId, input.folder)),
      scan: os.dataset.scan.handler(({ input }) => datasets.scan(input.projectId)),
      summary: os.dataset.summary.handler(({ input }) => datasets.summary(input.projectId)),
      pictures: os.dataset.pictures.handler(({ input: { projectId, ...filter } }) =>
        datasets.pictures(projectId, filter),
      ),
      pictureIds: os.dataset.pictureIds.handler(({ input: { projectId, ...filter } }) =>
        datasets.pictureIds(projectId, filter),
      ),
      edit: os.dataset.edit.handler(({ input }) => edits.edit(input.projectId, input.edit)),
      undo: os.dataset.undo.handler(({ input }) => edits.undo(input.projectId)),
      redo: os.dataset.redo.handler(({ input }) => edits.redo(input.projectId)),
      edits: os.dataset.edits.handler(({ input }) => edits.history(input.projectId, input.limit)),
      applyToCopy: os.dataset.applyToCopy.handler(({ input: { projectId, ...order }, signal }) =>
        edits.applyToCopy(projectId, order, signal),
      ),
    },
    runs: {
      list: os.runs.list.handler(({ input }) => runs.list(input.projectId)),
      split: os.runs.split.handler(({ input: { projectId, ...shares }, signal }) =>
        plans.split(projectId, shares, signal),
      ),
      estimate: os.runs.estimate.handler(({ input: { projectId, config }, signal }) =>
        plans.estimate(projectId, config, signal),
      ),
      previewAugmentation: os.runs.previewAugmentation.handler(({ input: { projectId, ...order }, signal }) =>
        plans.previewAugmentation(projectId, order, signal),
      ),
      propose: os.runs.propose.handler(({ input: { projectId, ...order }, signal }) =>
        transfers.propose(projectId, order, signal),
      ),
      startTransfer: os.runs.startTransfer.handler(({ input: { projectId, ...order } }) =>
        transfers.start(projectId, order),
      ),
      compareTransfer: os.runs.compareTransfer.handler(({ input, signal }) =>
        transfers.compare(input.projectId, input.pairs, signal),
      ),
      start: os.runs.start.handler(({ input }) => runs.start(input.projectId, input.config)),
      pause: os.runs.pause.handler(({ input }) => runs.pause(input.projectId, input.runId)),
      resume: os.runs.resume.handler(({ input }) => runs.resume(input.projectId, input.runId)),
      rename: os.runs.rename.handler(({ input }) => runs.rename(input.projectId, input.runId, input.name)),
      remove: os.runs.remove.handler(async ({ input: { projectId, runId } }) => {
        await heatMaps.leave(projectId, runId);
        await runs.remove(projectId, runId);
        return {};
      }),
      stop: os.runs.stop.handler(({ input }) => runs.stop(input.projectId, input.runId)),
      get: os.runs.get.handler(({ input }) => runs.summary(input.projectId, input.runId)),
      follow: os.runs.follow.handler(async ({ input: { projectId, runId, after }, signal, lastEventId }) => {
        await runs.get(projectId, runId); // one that is not there is told before the stream begins
        const from = Math.max(after, Number(lastEventId) || 0); // a client that lost the line goes on after what it had
        return numbered(runs.follow({ projectId, runId, after: from }, signal));
      }),
      evaluation: os.runs.evaluation.handler(({ input }) => runs.evaluation(input.projectId, input.runId)),
      evaluateTta: os.runs.evaluateTta.handler(({ input: { projectId, runId, ...settings }, signal }) =>
        runs.evaluateTta(projectId, runId, settings, signal),
      ),
      predictFolder: os.runs.predictFolder.handler(async function* ({ input, signal, errors, path }) {
        try {
          yield* predictions.predictFolder(input.projectId, input.runId, input.folder, signal);
        } catch (error) {
          throw errors.FAILED(failureOf(error, path)); // of a stream, the middleware sees the beginning alone
        }
      }),
    },
    lab: {
      activationCurves: os.lab.activationCurves.handler(({ input: { projectId, ...options }, signal }) =>
        lab.run(projectId, { experiment: 'activationCurves', options }, signal),
      ),
      depth: os.lab.depth.handler(({ input: { projectId, ...options }, signal }) =>
        lab.run(projectId, { experiment: 'depth', options }, signal),
      ),
      penalties: os.lab.penalties.handler(({ input: { projectId, ...options }, signal }) =>
        lab.run(projectId, { experiment: 'penalties', options }, signal),
      ),
      dropout: os.lab.dropout.handler(({ input: { projectId, ...options }, signal }) =>
        lab.run(projectId, { experiment: 'dropout', options }, signal),
      ),
      preprocessing: os.lab.preprocessing.handler(({ input: { projectId, ...options }, signal }) =>
        lab.run(projectId, { experiment: 'preprocessing', options }, signal),
      ),
    },
    coach: {
      start: os.coach.start.handler(({ input }) => coaches.start(input.projectId, input.config)),
      stop: os.coach.stop.handler(({ input }) => coaches.stop(input.projectId)),
      get: os.coach.get.handler(({ input }) => coaches.get(input.projectId)),
      follow: os.coach.follow.handler(async ({ input, signal }) => {
        await projects.read(input.projectId);
        return coaches.follow(input.projectId, signal);
      }),
    },
    exports: {
      list: os.exports.list.handler(({ input }) => exports.list(input.projectId, input.runId)),
      create: os.exports.create.handler(async function* ({ input, signal, errors, path }) {
        const { projectId, runId, ...order } = input;
        try {
          yield* exports.create(projectId, runId, order, signal);
        } catch (error) {
          throw errors.FAILED(failureOf(error, path)); // of a stream, the middleware sees the beginning alone
        }
      }),
    },
  });
}
