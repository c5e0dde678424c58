/**
 * How fast this machine was, remembered from run to run in `pace.json` in the cache folder, so that the cost of a run can be
 * told before it starts. It is a guess and never more: a file that is missing or broken reads as nothing known.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Backend } from '../../contract/training.ts';
import { cacheFolder } from '../../system/cache-folder.ts';
import { readTextIfThere, writeFileDurably } from '../../system/durable-file.ts';

/** Milliseconds of wall clock a picture; null where nothing is known. */
export interface Pace {
  /** The network waited for a picture to be decoded. */
  readonly decodeMs: number | null;
  /** One pass through the frozen part. */
  readonly passMs: number | null;
  /** One variant of a picture. */
  readonly augmentMs: number | null;
  /** One picture of a step of fine-tuning. */
  readonly tuneStepMs: number | null;
}

/** What a pace depends on, besides the machine. */
export interface PaceKey {
  readonly backbone: string;
  /** First node that learns; null where the head alone does. */
  readonly cut: string | null;
}

export interface MeasuredPace extends Pace {
  /** Pictures that it was measured on: a few say little. */
  readonly imageCount: number;
}

/** A run of `FULL_WEIGHT_IMAGES` or more counts this much against all before it. */
const WEIGHT = 0.4;
const FULL_WEIGHT_IMAGES = 100;

const milliseconds = z.number().nonnegative().nullable();
const paceFile = z.object({
  version: z.literal(1),
  /** Of the last run; the next will most likely get the same. */
  tier: z.string(),
  decodeMs: milliseconds,
  augmentMs: milliseconds,
  /** By tier, backbone and cut. */
  networks: z.record(z.string(), z.object({ passMs: milliseconds, tuneStepMs: milliseconds })),
});
type PaceFile = z.infer<typeof paceFile>;

/** What is known of a run like this one on the tier that was used last. */
export async function readPace(key: PaceKey, file = paceFilePath()): Promise<Pace> {
  const known = await read(file);
  const { passMs = null, tuneStepMs = null } = known?.networks[nameOf(known.tier, key)] ?? {};
  return { decodeMs: known?.decodeMs ?? null, augmentMs: known?.augmentMs ?? null, passMs, tuneStepMs };
}

/** Adds a run to what is known. @param measured  null for what the run did not do */
export async function rememberPace(
  { tier, ...key }: PaceKey & Pick<Backend, 'tier'>,
  { imageCount, decodeMs, passMs, augmentMs, tuneStepMs }: MeasuredPace,
  file = paceFilePath(),
): Promise<void> {
  if ([decodeMs, passMs, augmentMs, tuneStepMs].every((value) => value === null)) return;
  const known = await read(file);
  const weight = WEIGHT * Math.min(1, imageCount / FULL_WEIGHT_IMAGES);
  const blend = (before: number | null | undefined, now: number | null): number | null =>
    before === null || before === undefined ? now : now === null ? before : before + weight * (now - before);
  const name = nameOf(tier, key);
  const network = known?.networks[name];
  const next: PaceFile = {
    version: 1,
    tier,
    decodeMs: blend(known?.decodeMs, decodeMs),
    augmentMs: blend(known?.augmentMs, augmentMs),
    networks: {
      ...known?.networks,
      [name]: { passMs: blend(network?.passMs, passMs), tuneStepMs: blend(network?.tuneStepMs, tuneStepMs) },
    },
  };
  await mkdir(dirname(file), { recursive: true });
  await writeFileDurably(file, `${JSON.stringify(next, null, 2)}\n`);
}

async function read(file: string): Promise<PaceFile | null> {
  const text = await readTextIfThere(file).catch(() => null); // unreadable: nothing known
  if (text === null) return null;
  try {
    return paceFile.parse(JSON.parse(text));
  } catch {
    return null; // written over by the next run
  }
}

function nameOf(tier: string, { backbone, cut }: PaceKey): string {
  return `${tier} ${backbone} ${cut ?? 'embedding'}`;
}

function paceFilePath(): string {
  return cacheFolder('pace.json');
}
