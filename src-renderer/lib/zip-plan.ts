/** What of a zip file is taken into a project, decided by its directory alone, before anything is unpacked. */
import { formatBytes } from './format.ts';
import { m } from '../paraglide/messages.js';
import { getLocale } from '../paraglide/runtime.js';

export interface ZipEntry {
  readonly path: string;
  readonly sizeBytes: number;
  readonly isEncrypted: boolean;
}

/** The server takes no larger file. */
const MOST_FILE_BYTES = 256 * 1024 * 1024;
/** Photographs hardly shrink in a zip file. One that unpacks to this many times its size, and to this much, is made to fill disks. */
const MOST_RATIO = 100;
const HARMLESS_BYTES = 1024 ** 3;
/** Far more than any dataset that Fovea trains on; the directory alone would fill the memory. */
const MOST_ENTRIES = 1_000_000;

/** Why nothing of it is taken; null where something may be. */
export function zipRefusal(entryCount: number, unpackedBytes: number, zipBytes: number): string | null {
  const size = formatBytes(unpackedBytes, getLocale());
  const isBomb = unpackedBytes > HARMLESS_BYTES && unpackedBytes > zipBytes * MOST_RATIO;
  if (isBomb) return m.zip_bomb({ size });
  return entryCount > MOST_ENTRIES ? m.zip_too_many() : null;
}

/** Why one file of it is not taken; null where it is. */
export function entryRefusal({ path, sizeBytes, isEncrypted }: ZipEntry): string | null {
  const parts = path.split('/');
  const isOutside = path.startsWith('/') || /^[a-z]:/i.test(path) || path.includes('\\') || parts.includes('..');
  if (isOutside) return m.zip_outside();
  if (isEncrypted) return m.zip_encrypted();
  return sizeBytes > MOST_FILE_BYTES ? m.zip_too_large({ size: formatBytes(MOST_FILE_BYTES, getLocale()) }) : null;
}

/** What systems add to zip files beside the files of the user. */
export function isSystemEntry(path: string): boolean {
  return path.startsWith('__MACOSX/') || /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$/i.test(path);
}

/**
 * Paths as if the zip file were a folder that was dropped: its name goes before them, unless all lies in one folder that
 * holds class folders itself.
 */
export function zipPaths(paths: readonly string[], zipName: string): readonly string[] {
  const roots = new Set(paths.map((path) => path.split('/')[0]));
  const isWrapped = roots.size === 1 && paths.some((path) => path.split('/').length > 2);
  const name = zipName.replace(/\.zip$/i, '');
  return isWrapped ? paths : paths.map((path) => `${name}/${path}`);
}

/**
 * A name in a zip file that does not say how it is encoded: UTF-8 where it reads as such, as most programs write it today,
 * else Korean Windows where that reads, else undefined (the format's own code page 437).
 */
export function decodeZipName(bytes: Uint8Array): string | undefined {
  for (const encoding of ['utf-8', 'euc-kr']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      // not in this encoding
    }
  }
  return undefined;
}
