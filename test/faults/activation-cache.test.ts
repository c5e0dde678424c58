/** The activation cache under kills, under several processes at once, and on a full disk: never a wrong row. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { toWireError } from '../../src-main/contract/errors.ts';
import { openActivationCache } from '../../src-main/engine/features/activation-cache.ts';
import { createRandom } from '../../src-main/engine/random.ts';
import { cacheOptions, pictureHash, rowOf, tableFormat, tableKey } from '../helpers/cached-rows.ts';
import { temporaryFolder } from '../helpers/server.ts';
import { repositoryRoot } from '../helpers/shared.ts';
import { mountSmallDisk } from '../helpers/small-disk.ts';

const NO_LIMIT = 1e15;
/** Rows that may still be in memory: a megabyte of them. */
const BUFFERED_ROWS = 5;

/** The cache and the helper's table as one file that a plain Node can run. */
async function bundleCache(): Promise<string> {
  const outfile = join(await temporaryFolder(), 'cache.mjs');
  const contents = `
    export * from './src-main/engine/features/activation-cache.ts';
    export * from './test/helpers/cached-rows.ts';`;
  const stdin = { contents, resolveDir: repositoryRoot };
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' });
  return outfile;
}

interface Writer {
  readonly child: ChildProcess;
  /** Pictures that it says it has appended. */
  readonly appended: readonly number[];
  /** Exit code, or the signal, with what it wrote to its standard error. */
  readonly ended: Promise<string>;
}

function startWriter(bundle: string, folder: string, first: number, last: number, limitBytes = NO_LIMIT): Writer {
  const script = join(repositoryRoot, 'test', 'fixtures', 'workers', 'cache-writer.js');
  const child = spawn(process.execPath, [script, bundle, folder, String(first), String(last), String(limitBytes)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const appended: number[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => appended.push(Number(line)));
  let problems = '';
  child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => `${String(code ?? signal)} ${problems}`.trim());
  return { child, appended, ended };
}

const openTable = async (folder: string) =>
  (await openActivationCache({ folder, ...cacheOptions })).openTable(tableKey, tableFormat);

/** Which of the pictures are held; every one of them is read and compared. */
async function heldPictures(folder: string, pictures: readonly number[]): Promise<number[]> {
  const table = await openTable(folder);
  const row = new Float32Array(tableFormat.length);
  const held = pictures.filter((picture) => table.has(pictureHash(picture)));
  for (const picture of held) {
    table.read([pictureHash(picture)], row);
    if (!bytesOf(row).equals(bytesOf(rowOf(picture, tableFormat.length)))) throw new Error(`A wrong row of ${picture}`);
  }
  await table.close();
  return held;
}

const bytesOf = ({ buffer }: Float32Array) => Buffer.from(buffer);
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('a writer that is killed at any moment leaves whole rows alone, and the next one goes on', async () => {
  const [bundle, folder, random] = [await bundleCache(), await temporaryFolder(), createRandom(1)];
  let first = 1;
  for (let kill = 0; kill < 8; kill++) {
    const { child, appended, ended } = startWriter(bundle, folder, first, 1e6);
    if (child.stdout) await once(child.stdout, 'data');
    await delay(random() * 250);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    const held = await heldPictures(folder, range(1, appended.at(-1)! + 1));
    const safe = appended.slice(0, -BUFFERED_ROWS);
    expect(safe.filter((picture) => !held.includes(picture))).toEqual([]);
    first = appended.at(-1)! + 1;
  }
  const files = await readdir(folder, { recursive: true });
  expect(files.filter((name) => name.endsWith('.part'))).toEqual([]); // all were sealed when they were found
});

test('two writers and a reader at once give whole rows, and everything in the end', async () => {
  const [bundle, folder] = [await bundleCache(), await temporaryFolder()];
  const writers = [startWriter(bundle, folder, 1, 120), startWriter(bundle, folder, 61, 180)];
  await Promise.all(writers.map(({ child }) => once(child.stdout!, 'data')));
  let isOver = false;
  const ends = Promise.all(writers.map(({ ended }) => ended)).finally(() => (isOver = true));
  while (!isOver) await heldPictures(folder, range(1, 180));
  expect(await ends).toEqual(['0', '0']);
  expect(await heldPictures(folder, range(0, 181))).toEqual(range(1, 180));
});

test('two processes that evict what the other wrote go on, and stay under the limit', async () => {
  const [bundle, folder] = [await bundleCache(), await temporaryFolder()];
  const limitBytes = 12e6; // 60 rows; each writes 300
  const writers = [
    startWriter(bundle, folder, 1, 300, limitBytes),
    startWriter(bundle, folder, 1001, 1300, limitBytes),
  ];
  expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual(['0', '0']);
  const cache = await openActivationCache({ folder, limitBytes });
  await cache.makeRoom(0);
  expect(await cache.sizeBytes()).toBeLessThanOrEqual(limitBytes);
  const held = await heldPictures(folder, [...range(1, 300), ...range(1001, 1300)]);
  expect(held.length).toBeGreaterThan(0);
});

describe('on a full disk', () => {
  const length = 100_000; // bytes; ten rows are written at once
  const hashes = (pictures: readonly number[]) => pictures.map(pictureHash);

  test('the run is told, and what was stored before stays in use', async ({ skip }) => {
    const disk = await mountSmallDisk();
    if (disk === null) return skip();
    const cache = await openActivationCache({ folder: join(disk, 'cache') });
    const table = await cache.openTable({ kind: 'pixels' }, { length, precision: 'uint8' });
    const row = (picture: number) => new Uint8Array(length).fill(picture);
    const failures: unknown[] = [];
    for (const picture of range(1, 40)) {
      try {
        table.append(hashes([picture]), row(picture));
      } catch (error) {
        failures.push(toWireError(error).code);
      }
    }
    expect(new Set(failures)).toEqual(new Set(['storage/full']));
    const held = range(1, 40).filter((picture) => table.has(pictureHash(picture)));
    expect(held.slice(0, 10)).toEqual(range(1, 10));
    const target = new Uint8Array(length);
    for (const picture of held) {
      table.read(hashes([picture]), target);
      expect(Buffer.from(target).equals(row(picture))).toBe(true);
    }
    await table.close().catch((error: unknown) => expect(toWireError(error).code).toBe('storage/full'));

    const again = await cache.openTable({ kind: 'pixels' }, { length, precision: 'uint8' });
    expect(range(1, 10).filter((picture) => !again.has(pictureHash(picture)))).toEqual([]);
    again.append(hashes([1, 2]), new Uint8Array(2 * length)); // there already: needs no disk
    await again.close();
    await (await openActivationCache({ folder: join(disk, 'cache'), limitBytes: 1 })).makeRoom(0);
    const empty = await cache.openTable({ kind: 'pixels' }, { length, precision: 'uint8' });
    empty.append(hashes([50]), row(50));
    await empty.close();
  });
});
