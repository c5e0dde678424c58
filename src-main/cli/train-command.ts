import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { writeFileDurably } from '../system/durable-file.ts';
import { EngineError } from '../contract/errors.ts';
import type { TrainReport } from '../contract/results.ts';
import { trainConfig, type ExportFormat, type TrainConfig } from '../contract/training.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { trainSummary } from './summary.ts';

/** Flags of `train` and `demo`, as commander hands them over. */
export interface TrainFlags {
  readonly backbone?: string;
  readonly epochs: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly batchSize: number;
  readonly optimizer: TrainConfig['optimizer'];
  readonly patience: number;
  readonly seed: number;
  readonly valFraction: number;
  readonly testFraction: number;
  readonly formats: readonly ExportFormat[];
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export async function trainCommand(folder: string, flags: TrainFlags): Promise<void> {
  const source = resolve(folder);
  const out = resolve(flags.out ?? `${basename(source)}-fovea`);
  await trainInto(source, out, flags);
}

/** Trains on `source` and fills `out` with `model/`, `exports/` and `report.json`. */
export async function trainInto(source: string, out: string, flags: TrainFlags): Promise<void> {
  const config = toTrainConfig(flags);
  await prepareOut(out, flags.overwrite ?? false);
  const { report, evaluation } = await runJobInTerminal({
    kind: 'train',
    folder: source,
    manifestFile: null,
    config,
    modelFolder: join(out, 'model'),
    exports: { folder: join(out, 'exports'), formats: flags.formats, overwrite: true }, // `out` is ours by now
  });
  await writeReport(out, report);
  if (flags.json) await printJson(report);
  else await printText(trainSummary(report, evaluation, out));
}

/** @throws EngineError `setting/out-of-range` that names the flag, its value and what is allowed. */
function toTrainConfig(flags: TrainFlags): TrainConfig {
  const settings: Record<string, unknown> = { ...flags, validationFraction: flags.valFraction };
  const parsed = trainConfig.safeParse(settings); // drops the flags that are no settings
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0]);
  const value = String(settings[name]);
  const message = `--${flagOf(name)} ${value} cannot be used: ${issue?.message ?? 'out of range'}.`;
  throw new EngineError('setting/out-of-range', message, { setting: name, value });
}

function flagOf(setting: string): string {
  if (setting === 'validationFraction') return 'val-fraction';
  return setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Makes the folder; what is in it already is replaced only when that was asked for. */
async function prepareOut(out: string, overwrite: boolean): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
    const taken = (await readdir(out)).filter((name) => ['model', 'exports', 'report.json'].includes(name));
    if (taken.length === 0) return;
    if (!overwrite) {
      throw new EngineError(
        'export/target-exists',
        `${out} already holds ${taken.join(', ')}. Choose another --out, or add --overwrite to replace them.`,
        { folder: out },
      );
    }
    await Promise.all(taken.map((name) => rm(join(out, name), { recursive: true })));
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('export/target-unwritable', `${out} cannot be written: ${reason}. Choose another --out.`, {
      folder: out,
    });
  }
}

async function writeReport(out: string, report: TrainReport): Promise<void> {
  await writeFileDurably(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
}
