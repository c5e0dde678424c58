import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { writeFileDurably } from '../system/durable-file.ts';
import { EngineError } from '../contract/errors.ts';
import type { TrainReport } from '../contract/results.ts';
import { costTable } from './cost-words.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { trainSummary } from './summary.ts';
import { toTrainConfig } from './train-config.ts';
import type { TrainFlags } from './training-flags.ts';

export async function trainCommand(folder: string, flags: TrainFlags & { readonly estimate?: boolean }): Promise<void> {
  const source = resolve(folder);
  if (flags.estimate) {
    await estimate(source, flags);
    return;
  }
  const out = resolve(flags.out ?? `${basename(source)}-fovea`);
  await trainInto(source, out, flags);
}

/** Says what the run would cost with each kind of augmentation, and starts nothing. */
async function estimate(source: string, flags: TrainFlags): Promise<void> {
  const job = { kind: 'estimate', folder: source, manifestFile: null, config: toTrainConfig(flags) } as const;
  const { off, cached, live, cuts } = await runJobInTerminal(job);
  if (flags.json) await printJson({ off, cached, live });
  else await printText(costTable({ off, cached, live, cuts }));
}

/** Trains on `source` and fills `out` with `model/`, `exports/` and `report.json`. */
export async function trainInto(source: string, out: string, flags: TrainFlags): Promise<void> {
  const config = toTrainConfig(flags);
  const { formats } = flags;
  requireKept(config.from, out);
  await prepareOut(out, flags.overwrite ?? false);
  const { report, evaluation } = await runJobInTerminal({
    kind: 'train',
    folder: source,
    manifestFile: null,
    config,
    modelFolder: join(out, 'model'),
    // `out` is ours by now
    exports: formats.formats.length === 0 ? null : { folder: join(out, 'exports'), ...formats, overwrite: true },
    checkpointFile: join(out, 'checkpoint.bin'), // the same command goes on where a killed one was
  });
  await writeReport(out, report);
  if (flags.json) await printJson(report);
  else await printText(trainSummary(report, evaluation, out));
}

/** What is trained further must not be replaced before it is read. */
function requireKept(from: string | undefined, out: string): void {
  if (from !== join(out, 'model') && from !== out) return;
  throw new EngineError(
    'export/target-exists',
    `--out ${out} holds the model that --from names, which would be replaced. Choose another --out.`,
    { folder: out },
  );
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
