import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { EngineError } from '../../contract/errors.ts';

export const GIGABYTE = 1e9;

/**
 * Bytes that the cache may take: `FOVEA_CACHE_LIMIT_GB`, else 20 GB or a fifth of what the disk would have free without
 * it, whichever is less.
 *
 * 20 GB hold 130,000 pictures of 224 × 224 as pixels, or their activations at the cut of a MobileNet (conv_dw_12,
 * 100 kB as float16) in one variant: more than a laptop trains on in a night. A fifth, since nobody asked for the cache: on a
 * disk that is nearly full it must not be what fills it. Without it: else a cache that grows would lower its own limit.
 *
 * @param folder      of the cache; there.
 * @param cacheBytes  what the cache takes now.
 * @throws EngineError `setting/out-of-range` if the variable is no number of gigabytes above 0.
 */
export async function cacheLimitBytes(folder: string, cacheBytes: number): Promise<number> {
  const chosen = process.env['FOVEA_CACHE_LIMIT_GB'];
  if (chosen === undefined || chosen === '') {
    return Math.min(20 * GIGABYTE, (freeBytesOf(await statfs(folder)) + cacheBytes) / 5);
  }
  const gigabytes = Number(chosen);
  if (Number.isFinite(gigabytes) && gigabytes > 0) return gigabytes * GIGABYTE;
  throw new EngineError(
    'setting/out-of-range',
    `FOVEA_CACHE_LIMIT_GB is "${chosen}"; it must be a number of gigabytes above 0, such as 50. Correct or remove it.`,
    { setting: 'FOVEA_CACHE_LIMIT_GB', value: chosen },
  );
}

/** What the cache leaves free for others: 1 GB, or a twentieth of a small disk. */
export function reservedBytes({ blocks, bsize }: StatsFs): number {
  return Math.min(GIGABYTE, (blocks * bsize) / 20);
}

export function freeBytesOf({ bavail, bsize }: StatsFs): number {
  return bavail * bsize;
}

/**
 * Checked before each segment, a quarter of the reserve: other programs fill the disk too.
 *
 * @throws EngineError `storage/full` if less is free than the cache leaves to others.
 */
export function leaveFreeBytes(disk: StatsFs): void {
  if (freeBytesOf(disk) >= reservedBytes(disk)) return;
  throw new EngineError(
    'storage/full',
    `The disk of the activation cache has ${inGigabytes(freeBytesOf(disk))} free, and Fovea leaves ` +
      `${inGigabytes(reservedBytes(disk))} to others. Free some space and try again; nothing that was finished is lost.`,
  );
}

export function inGigabytes(bytes: number): string {
  return `${(bytes / GIGABYTE).toFixed(bytes < 10 * GIGABYTE ? 1 : 0)} GB`;
}
