import { EngineError } from '../contract/errors.ts';
import type { Proposal, TransferReport } from '../contract/choosing.ts';
import type { JobOf, TrainedRun } from '../contract/jobs.ts';
import type { RunPair, RunSummary } from '../contract/procedures.ts';
import type { TrainConfig } from '../contract/training.ts';
import type { Datasets } from './datasets.ts';
import type { Lanes } from './lanes.ts';
import type { Runs } from './runs.ts';

interface Parts {
  readonly datasets: Datasets;
  readonly lanes: Lanes;
  readonly runs: Runs;
}

/** What to transfer on a project's pictures, and what it brought. */
export class Transfers {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @param signal  aborted when nobody waits for the answer any more */
  async propose(
    projectId: string,
    { config, secondsAvailable = null }: { config: TrainConfig; secondsAvailable?: number | null | undefined },
    signal?: AbortSignal,
  ): Promise<Proposal> {
    const { datasets, lanes } = this.#parts;
    const { folder, manifestFile } = await datasets.requireTrainable(projectId);
    const job: JobOf<'choose'> = { kind: 'choose', folder, manifestFile, config, secondsAvailable };
    return lanes.heavy(projectId, job, { signal });
  }

  /** @throws EngineError `setting/out-of-range` if the settings are those from scratch; as starting a run does */
  async start(
    projectId: string,
    order: { config: TrainConfig; seedCount: number; scratchEpochs?: number | undefined },
  ): Promise<{ pairs: RunPair[] }> {
    const { seedCount } = order;
    const config = { ...order.config, coach: false }; // what is compared is run as it is, many times
    const { scratchEpochs = config.epochs } = order;
    if (config.mode === 'scratch') throw nothingTransferred('config.mode');
    const pairs: RunPair[] = [];
    for (let index = 0; index < seedCount; index++) {
      const seed = config.seed + index;
      const transfer = await this.#start(projectId, { ...config, seed });
      const scratch = await this.#start(projectId, { ...config, seed, mode: 'scratch', epochs: scratchEpochs });
      pairs.push({ transfer: transfer.id, scratch: scratch.id });
    }
    return { pairs };
  }

  #start(projectId: string, config: TrainConfig): Promise<RunSummary> {
    return this.#parts.runs.start(projectId, config, { isComparison: true });
  }

  /** @throws EngineError `model/not-found` while one of the runs has no results; `setting/out-of-range` for runs that are no pair */
  async compare(projectId: string, pairs: readonly RunPair[], signal?: AbortSignal): Promise<TransferReport> {
    const trained: { transfer: TrainedRun; scratch: TrainedRun }[] = [];
    for (const pair of pairs) {
      const transfer = await this.#trained(projectId, pair.transfer);
      const scratch = await this.#trained(projectId, pair.scratch);
      if (transfer.config.mode === 'scratch') throw nothingTransferred('pairs.transfer');
      if (scratch.config.mode !== 'scratch') throw notFromScratch(scratch.config.mode);
      trained.push({ transfer, scratch });
    }
    const { runs, lanes } = this.#parts;
    const place = await runs.picturesOf(projectId, pairs[0]?.transfer ?? '');
    return lanes.heavy(projectId, { kind: 'compare-transfer', ...place, pairs: trained }, { signal });
  }

  async #trained(projectId: string, runId: string): Promise<TrainedRun> {
    const { runs } = this.#parts;
    const evaluation = await runs.recordedEvaluation(projectId, runId);
    const { config, report } = (await runs.get(projectId, runId)).summary();
    if (report === null) throw new Error(`Run ${runId} has an evaluation and no report`);
    return { config, report, evaluation };
  }
}

function nothingTransferred(setting: string): EngineError {
  return new EngineError(
    'setting/out-of-range',
    'What is compared with the network from scratch has to build on a pretrained backbone, and its mode is scratch. Choose head, upper or full.',
    { setting, value: 'scratch', allowed: 'head, upper, full' },
  );
}

function notFromScratch(mode: string): EngineError {
  return new EngineError(
    'setting/out-of-range',
    `The second run of a pair has to be one from scratch, and its mode is ${mode}. Give the pairs as startTransfer gave them.`,
    { setting: 'pairs.scratch', value: mode, allowed: 'scratch' },
  );
}
