/** Whatever happens to the files of the cache, a picture has the row that was stored for it, or none. */
import fc from 'fast-check';
import { mkdtemp, open, readdir, readFile, rename, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import { openActivationCache } from '../../../../src-main/engine/features/activation-cache.ts';
import type { CachedTable } from '../../../../src-main/engine/features/cached-table.ts';
import { pictureHash, rowOf } from '../../../helpers/cached-rows.ts';

const LENGTH = 30;
const ROW_BYTES = LENGTH * 2;
const KEY_BYTES = 36;
const PICTURES = 40;
/** No process of any system has this number. */
const DEAD_PID = 4194999;

/** Not fc.double, most of whose values lie next to 0. */
const share = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('append' as const), pictures: fc.array(fc.nat(PICTURES - 1)) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('seal' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reopen' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('crash' as const),
      keptKeys: fc.oneof(share, fc.constant(1)),
      keptRows: fc.oneof(share, fc.constant(1)),
      /** What a power cut did not write, though the file is long enough. */
      blank: fc.option(fc.tuple(share, share)),
    }),
  },
);
type Crash = Extract<typeof step extends fc.Arbitrary<infer Step> ? Step : never, { type: 'crash' }>;

function append(table: CachedTable, pictures: readonly number[]): void {
  const values = Float32Array.from(pictures.flatMap((picture) => Array.from(rowOf(picture, LENGTH))));
  table.append(pictures.map(pictureHash), values);
}

/** The pictures that the table has; each of them is read, and compared with what was stored. */
function heldPictures(table: CachedTable): number[] {
  const held = Array.from({ length: PICTURES }, (_, picture) => picture).filter((each) => table.has(pictureHash(each)));
  for (const picture of held) {
    const row = new Float32Array(LENGTH);
    table.read([pictureHash(picture)], row);
    expect(row).toEqual(rowOf(picture, LENGTH));
  }
  return held;
}

/**
 * Leaves a sealed segment as a process would that was killed, or lost its power, while it wrote the segment.
 *
 * @returns the hashes of pictures whose rows are certainly whole.
 */
async function crash(folder: string, name: string, { keptKeys, keptRows, blank }: Crash): Promise<string[]> {
  const left = name.replace(/^\d+/, String(DEAD_PID));
  const [keysFile, rowsFile] = [join(folder, `${left}.keys.part`), join(folder, `${left}.rows`)];
  await rename(join(folder, `${name}.keys`), keysFile);
  await rename(join(folder, `${name}.rows`), rowsFile);
  const keys = await readFile(keysFile);
  const count = keys.length / KEY_BYTES;
  const [keysEnd, rowsEnd] = [Math.round(keptKeys * keys.length), Math.round(keptRows * count * ROW_BYTES)];
  await truncate(keysFile, keysEnd);
  await truncate(rowsFile, rowsEnd);
  const [from, to] = (blank ?? [1, 1]).map((part) => Math.round(part * rowsEnd)).sort((one, other) => one - other);
  const [blankFrom, blankTo] = [from ?? 0, to ?? 0];
  const handle = await open(rowsFile, 'r+');
  await handle.write(Buffer.alloc(blankTo - blankFrom), 0, blankTo - blankFrom, blankFrom);
  await handle.close();
  const whole = Array.from({ length: count }, (_, row) => row).filter(
    (row) =>
      (row + 1) * KEY_BYTES <= keysEnd &&
      (row + 1) * ROW_BYTES <= rowsEnd &&
      (blankFrom === blankTo || (row + 1) * ROW_BYTES <= blankFrom || row * ROW_BYTES >= blankTo),
  );
  return whole.map((row) => hashAt(keys, row));
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const openTable = async (folder: string) =>
  (await openActivationCache({ folder, segmentBytes: 10 * ROW_BYTES })).openTable(
    { kind: 'test' },
    { length: LENGTH, precision: 'float16' },
  );

test('any sequence of appending, sealing, reopening and crashing gives back what was stored, or nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), (steps) =>
      inFolder(async (folder) => {
        let table = await openTable(folder);
        let stored: readonly number[] = [];
        for (const each of steps) {
          let certain = stored;
          if (each.type === 'append') {
            append(table, each.pictures);
            stored = certain = [...new Set([...stored, ...each.pictures])].sort((one, other) => one - other);
          } else if (each.type === 'seal') {
            await table.seal();
          } else {
            await table.close();
            if (each.type === 'crash') certain = await crashLast(table.folder, stored, each);
            table = await openTable(folder);
          }
          const held = heldPictures(table);
          expect(certain.filter((picture) => !held.includes(picture))).toEqual([]);
          expect(held.filter((picture) => !stored.includes(picture))).toEqual([]);
          stored = held;
        }
        await table.close();
      }),
    ),
    { numRuns: 60, seed: 4 },
  );
});

/** Crashes one of the segments, and says which pictures must be there afterwards: all others, and those written whole. */
async function crashLast(folder: string, stored: readonly number[], how: Crash): Promise<readonly number[]> {
  const sealed = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.keys'));
  const last = sealed.sort().at(-1);
  if (last === undefined) return stored;
  const keys = await readFile(join(folder, last));
  const hashes = new Set(Array.from({ length: keys.length / KEY_BYTES }, (_, row) => hashAt(keys, row)));
  const whole = await crash(folder, last.slice(0, -'.keys'.length), how);
  return stored.filter((each) => !hashes.has(pictureHash(each)) || whole.includes(pictureHash(each)));
}

const hashAt = (keys: Buffer, row: number) => keys.toString('hex', row * KEY_BYTES, row * KEY_BYTES + 32);

test('a changed byte in a sealed segment is told or does no harm, and the table works on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('.keys', '.rows'), share, fc.integer({ min: 1, max: 255 }), (file, at, change) =>
      inFolder(async (folder) => {
        const before = await openTable(folder);
        append(before, [0, 1, 2, 3, 4, 5, 6]);
        await before.close();
        const name = (await readdir(before.folder)).find((each) => each.endsWith(file)) ?? '';
        await changeByte(join(before.folder, name), at, change);
        const table = await openTable(folder);
        try {
          heldPictures(table);
        } catch (error) {
          if (!(error instanceof EngineError) || error.code !== 'cache/corrupt') throw error;
        }
        append(table, [0, 1, 2, 3, 4, 5, 6]);
        await table.close();
        const again = await openTable(folder);
        expect(heldPictures(again)).toEqual([0, 1, 2, 3, 4, 5, 6]);
        await again.close();
      }),
    ),
    { numRuns: 60, seed: 5 },
  );
});

async function changeByte(file: string, at: number, change: number): Promise<void> {
  const bytes = await readFile(file);
  const position = Math.min(bytes.length - 1, Math.floor(at * bytes.length));
  const handle = await open(file, 'r+');
  await handle.write(Buffer.of(bytes[position]! ^ change), 0, 1, position);
  await handle.close();
}
