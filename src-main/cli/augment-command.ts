import { mkdir, writeFile } from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import { MAX_PREVIEW_EPOCHS, type AugmentationPreview } from '../contract/augment.ts';
import { EngineError } from '../contract/errors.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from '../contract/training.ts';
import { isErrno } from '../system/durable-file.ts';
import { augmentOf, type AugmentFlags } from './augment-flags.ts';
import { augmentationWords } from './augmentation-words.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { checked } from './train-config.ts';

export interface PreviewFlags extends AugmentFlags, Readonly<Pick<TrainConfig, 'seed' | 'backbone'>> {
  readonly out: string;
  readonly count: number;
  readonly pictures: number;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Writes what the first epochs will see of some training pictures, a PNG each, and says how each was made. */
export async function augmentCommand(folder: string, flags: PreviewFlags): Promise<void> {
  const out = resolve(flags.out);
  const config = checked({ ...DEFAULT_TRAIN_CONFIG, ...flags, ...augmentOf(flags) });
  const previews = await runJobInTerminal({
    kind: 'preview-augmentation',
    folder: resolve(folder),
    manifestFile: null,
    config,
    pictures: requireCount('pictures', flags.pictures, MAX_PICTURES),
    startEpoch: 0,
    epochCount: requireCount('count', flags.count, MAX_PREVIEW_EPOCHS),
  });
  const written: object[] = [];
  for (const [index, preview] of previews.entries()) {
    for (const { png, ...seen } of preview.epochs) {
      const file = join(out, fileName(index, preview, seen.epoch));
      await write(file, Buffer.from(png, 'base64'), flags.overwrite ?? false);
      if (!flags.json) await printText(`${file}  ${augmentationWords(seen)}`);
      written.push({ file, path: preview.path, className: preview.className, ...seen });
    }
  }
  if (flags.json) await printJson(written);
}

/** "01-rose-epoch-1.png": epochs count from 1 where people read them. */
function fileName(index: number, { path }: AugmentationPreview, epoch: number): string {
  return `${String(index + 1).padStart(2, '0')}-${parse(path).name}-epoch-${epoch + 1}.png`;
}

async function write(file: string, bytes: Uint8Array, overwrite: boolean): Promise<void> {
  try {
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, bytes, { flag: overwrite ? 'w' : 'wx' });
  } catch (error) {
    if (isErrno(error, 'EEXIST')) {
      const message = `${file} is there already. Choose another --out, or add --overwrite to replace it.`;
      throw new EngineError('export/target-exists', message, { file });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('export/target-unwritable', `${file} cannot be written: ${reason}. Choose another --out.`, {
      file,
    });
  }
}

/** All of them cross from the worker in one message. */
const MAX_PICTURES = 50;

function requireCount(name: 'count' | 'pictures', value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  const allowed = `it takes a whole number from 1 to ${most}`;
  throw new EngineError('setting/out-of-range', `--${name} ${value} cannot be used: ${allowed}.`, {
    setting: name,
    value,
    allowed,
  });
}
