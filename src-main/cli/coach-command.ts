import { mkdir, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import { writeFileDurably } from '../system/durable-file.ts';
import { coachHtml } from './coach-html.ts';
import { coachText, styleOf } from './coach-words.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { toTrainConfig } from './train-config.ts';
import type { TrainFlags } from './training-flags.ts';

const FILES = ['coach.json', 'coach.html'];

/** Mistaken pictures that the report shows. */
const THUMBNAIL_COUNT = 12;

/** Examines the settings of a run on a folder; starts none. */
export async function coachCommand(folder: string, flags: Omit<TrainFlags, 'formats'>): Promise<void> {
  const source = resolve(folder);
  const config = toTrainConfig(flags);
  const out = resolve(flags.out ?? `${basename(source)}-coach`);
  await prepareOut(out, flags.overwrite ?? false);
  const job = { kind: 'coach', folder: source, manifestFile: null, config, thumbnailCount: THUMBNAIL_COUNT } as const;
  const { report, thumbnails } = await runJobInTerminal(job);
  await writeFileDurably(join(out, 'coach.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFileDurably(join(out, 'coach.html'), coachHtml(report, thumbnails, basename(source)));
  if (flags.json) await printJson(report);
  else await printText(`${coachText(report, styleOf(process.stdout, process.env))}\nIn ${out}: ${FILES.join(', ')}`);
}

/** Makes the folder; reports that are in it already are replaced only when that was asked for. */
async function prepareOut(out: string, overwrite: boolean): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
    const taken = (await readdir(out)).filter((name) => FILES.includes(name));
    if (taken.length === 0 || overwrite) return;
    const message = `${out} already holds ${taken.join(', ')}. Choose another --out, or add --overwrite to replace them.`;
    throw new EngineError('export/target-exists', message, { folder: out });
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${out} cannot be written: ${reason}. Choose another --out.`;
    throw new EngineError('export/target-unwritable', message, { folder: out });
  }
}
