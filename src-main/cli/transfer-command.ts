import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MOST_SEEDS, type TransferReport } from '../contract/choosing.ts';
import { EngineError } from '../contract/errors.ts';
import type { TrainedRun } from '../contract/jobs.ts';
import type { TrainConfig } from '../contract/training.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { configOf, type SplitFlags } from './split-flags.ts';

interface TransferFlags extends SplitFlags {
  readonly seeds: number;
  readonly backbone?: string;
  /** Of the network from scratch. */
  readonly epochs?: number;
}

/** Trains with a pretrained backbone and from scratch on the same split, and says what transfer brought. */
export async function transferCommand(folder: string, flags: TransferFlags): Promise<void> {
  const { seeds, epochs, ...splitFlags } = flags;
  requireSeeds(seeds);
  const headFlags = { ...splitFlags, coach: false }; // what is compared is run as it is, many times
  const config = configOf(headFlags);
  const fromScratch = configOf({ ...headFlags, mode: 'scratch', ...(epochs === undefined ? {} : { epochs }) });
  const source = resolve(folder);
  const models = await mkdtemp(join(tmpdir(), 'fovea-transfer-'));
  try {
    const pairs = [];
    for (let index = 0; index < seeds; index++) {
      const seed = config.seed + index;
      const transfer = await train(source, { ...config, seed }, join(models, `transfer-${seed}`));
      const scratch = await train(source, { ...fromScratch, seed }, join(models, `scratch-${seed}`));
      pairs.push({ transfer, scratch });
    }
    const report = await runJobInTerminal({ kind: 'compare-transfer', folder: source, manifestFile: null, pairs });
    if (flags.json) await printJson(report);
    else await printText(transferText(report));
  } finally {
    await rm(models, { recursive: true, force: true });
  }
}

/** The model goes: only how it answers is compared. */
async function train(folder: string, config: TrainConfig, modelFolder: string): Promise<TrainedRun> {
  const places = { folder, manifestFile: null, modelFolder, checkpointFile: null };
  const { report, evaluation } = await runJobInTerminal({ kind: 'train', config, exports: null, ...places });
  return { config, report, evaluation };
}

function transferText({ sentence, headOnFewer, seeds }: TransferReport): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return [
    '',
    sentence,
    '',
    'A head on fewer training pictures:',
    ...headOnFewer.map(
      ({ imagesPerClass, imageCount, accuracy }) =>
        `${String(imagesPerClass).padStart(6)} a class, ${imageCount} in all: ${percent(accuracy)}`,
    ),
    ...(seeds.length === 1
      ? []
      : seeds.map(
          ({ seed, transfer, scratch }) =>
            `Seed ${seed}: ${percent(transfer)} with transfer, ${percent(scratch)} from scratch`,
        )),
  ].join('\n');
}

function requireSeeds(value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= MOST_SEEDS) return;
  const allowed = `a whole number from 1 to ${MOST_SEEDS}`;
  throw new EngineError('setting/out-of-range', `--seeds ${value} cannot be used: it takes ${allowed}.`, {
    setting: 'seedCount',
    value,
    allowed,
  });
}
