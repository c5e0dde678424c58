import { createHash } from 'node:crypto';

/** Stands in for the SHA-256 of a picture. */
export function pictureHash(picture: number): string {
  return createHash('sha256').update(`picture ${picture}`).digest('hex');
}

/** A row that no other picture has, of whole numbers that every precision of the cache holds exactly. */
export function rowOf(picture: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => (picture * 31 + index * 7) % 128);
}

// The table that tests and test/fixtures/workers/cache-writer.js share: a few rows make a segment, so that kills meet
// every moment of its life.
export const cacheOptions = { segmentBytes: 5e6 };
export const tableKey = { kind: 'test' };
export const tableFormat = { length: 100_000, precision: 'float16' } as const;
