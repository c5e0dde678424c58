import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rename, rm, stat, truncate, utimes, writeFile, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  openActivationCache,
  type TableFormat,
  type TableKey,
} from '../../../../src-main/engine/features/activation-cache.ts';
import type { CachedTable } from '../../../../src-main/engine/features/cached-table.ts';
import { pictureHash, rowOf } from '../../../helpers/cached-rows.ts';
import { temporaryFolder } from '../../../helpers/server.ts';

const KEY: TableKey = { kind: 'activations', cut: 'conv_dw_12', augment: { flip: true, seed: 0 }, variant: 1 };
const FORMAT: TableFormat = { length: 50, precision: 'float16' };

function append(table: CachedTable, pictures: readonly number[], length = FORMAT.length): void {
  const values = new Float32Array(pictures.length * length);
  pictures.forEach((picture, index) => values.set(rowOf(picture, length), index * length));
  table.append(pictures.map(pictureHash), values);
}

function read(table: CachedTable, pictures: readonly number[], length = FORMAT.length): Float32Array[] {
  const values = new Float32Array(pictures.length * length);
  table.read(pictures.map(pictureHash), values);
  return pictures.map((_, index) => values.slice(index * length, (index + 1) * length));
}

const rowsOf = (pictures: readonly number[], length = FORMAT.length) => pictures.map((each) => rowOf(each, length));
/** Of large rows: `toEqual` takes seconds for them. */
const bytesOf = (rows: readonly Float32Array[]) => Buffer.concat(rows.map(({ buffer }) => Buffer.from(buffer)));
const held = (table: CachedTable, pictures: readonly number[]) =>
  pictures.filter((each) => table.has(pictureHash(each)));

/** Full paths of the files of all tables, by how their names end. */
async function files(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

/** Writes pictures into a table that nobody has open afterwards, as if it was last used so many days ago. */
async function store(folder: string, key: TableKey, pictures: readonly number[], daysAgo = 0): Promise<void> {
  const table = await (await openActivationCache({ folder })).openTable(key, FORMAT);
  append(table, pictures);
  await table.close();
  const used = new Date(Date.now() - daysAgo * 86_400_000);
  for (const file of await files(table.folder, '.rows')) await utimes(file, used, used);
}

describe('rows', () => {
  test('can be read at once, after sealing, and by the next process, in any order', async () => {
    const folder = await temporaryFolder();
    const cache = await openActivationCache({ folder });
    const table = await cache.openTable(KEY, FORMAT);
    expect(held(table, [1, 2, 3])).toEqual([]);
    append(table, [1, 2, 3]);
    expect(read(table, [3, 1, 1])).toEqual(rowsOf([3, 1, 1]));
    await table.seal();
    append(table, [4]);
    expect(read(table, [4, 2])).toEqual(rowsOf([4, 2]));
    await table.close();
    const again = await cache.openTable(KEY, FORMAT);
    expect(held(again, [0, 1, 2, 3, 4, 5])).toEqual([1, 2, 3, 4]);
    expect(read(again, [4, 3, 2, 1])).toEqual(rowsOf([4, 3, 2, 1]));
    await again.close();
  });

  test.each([
    ['uint8', Uint8Array, [0, 255, 7]],
    ['float32', Float32Array, [0.1, -1e-30, 3e38]],
    ['float16', Uint16Array, [0x3c00, 0xbc00, 0x0001]],
    ['bfloat16', Uint16Array, [0x3f80, 0xbf80, 0x0001]],
  ] as const)('%s takes a %o as it is', async (precision, type, values) => {
    const cache = await openActivationCache({ folder: await temporaryFolder() });
    const table = await cache.openTable(KEY, { length: 3, precision });
    table.append([pictureHash(1)], type.from(values));
    const target = precision === 'uint8' ? new Uint8Array(3) : new Float32Array(3);
    table.read([pictureHash(1)], target);
    await table.close();
    const smallest = precision === 'float16' ? 2 ** -24 : Math.fround(2 ** -133);
    const expected = type === Uint16Array ? [1, -1, smallest] : Array.from(type.from(values));
    expect(Array.from(target)).toEqual(expected);
  });

  test('a row of the wrong length or type is refused', async () => {
    const cache = await openActivationCache({ folder: await temporaryFolder() });
    const table = await cache.openTable(KEY, FORMAT);
    expect(() => table.append([pictureHash(1)], new Float32Array(49))).toThrow('50 values');
    expect(() => table.append([pictureHash(1)], new Uint8Array(50))).toThrow('Uint8Array');
    await table.close();
  });

  test('a picture that is there already is not stored twice', async () => {
    const folder = await temporaryFolder();
    const cache = await openActivationCache({ folder });
    await store(folder, KEY, [1, 2]);
    const before = await cache.sizeBytes();
    await store(folder, KEY, [2, 1, 1]);
    expect(await cache.sizeBytes()).toBe(before);
    await store(folder, KEY, [3, 3]);
    expect(await cache.sizeBytes()).toBe((before * 3) / 2);
  });

  test('rows larger than the buffer, and more of them than a segment takes, all come back', async () => {
    const cache = await openActivationCache({ folder: await temporaryFolder(), segmentBytes: 3 * 2 ** 20 });
    const length = 300_000; // 1.2 MB a row: the third starts a segment
    const table = await cache.openTable(KEY, { length, precision: 'float32' });
    append(table, [1, 2, 3], length);
    await table.seal();
    expect(await files(table.folder, '.keys')).toHaveLength(2);
    expect(bytesOf(read(table, [3, 1, 2], length)).equals(bytesOf(rowsOf([3, 1, 2], length)))).toBe(true);
    await table.close();
  });

  test('while a segment is written, rows in memory and rows in the file are told apart', async () => {
    const cache = await openActivationCache({ folder: await temporaryFolder() });
    const length = 2 ** 17; // two rows are written at once
    const table = await cache.openTable(KEY, { length, precision: 'float32' });
    append(table, [1, 2, 3, 4, 5], length);
    expect(bytesOf(read(table, [5, 1, 4, 2, 3], length)).equals(bytesOf(rowsOf([5, 1, 4, 2, 3], length)))).toBe(true);
    await table.close();
  });

  test('a segment that is full with rows in memory is written whole', async () => {
    const cache = await openActivationCache({ folder: await temporaryFolder(), segmentBytes: 4000 });
    const pictures = Array.from({ length: 101 }, (_, index) => index);
    const table = await cache.openTable(KEY, FORMAT);
    append(table, pictures);
    expect(read(table, pictures)).toEqual(rowsOf(pictures));
    await table.close();
    expect(await files(table.folder, '.keys')).toHaveLength(3);
    const again = await cache.openTable(KEY, FORMAT);
    expect(read(again, pictures)).toEqual(rowsOf(pictures));
    await again.close();
  });
});

describe('tables', () => {
  test('are one for one key, whatever the order of its names, and another for any difference', async () => {
    const cache = await openActivationCache({ folder: await temporaryFolder() });
    const folderOf = async (key: TableKey, format: TableFormat = FORMAT) => (await cache.openTable(key, format)).folder;
    const same = { variant: 1, augment: { seed: 0, flip: true }, cut: 'conv_dw_12', kind: 'activations' };
    expect(await folderOf(same)).toBe(await folderOf(KEY));
    const others = [
      await folderOf(KEY),
      await folderOf({ ...KEY, variant: 2 }),
      await folderOf({ ...KEY, variant: '1' }),
      await folderOf({ ...KEY, augment: { flip: true, seed: 1 } }),
      await folderOf({ ...KEY, augment: null }),
      await folderOf({ ...KEY, range: [1, 2] }),
      await folderOf({ ...KEY, range: [1, 3] }),
      await folderOf(KEY, { ...FORMAT, length: 51 }),
      await folderOf(KEY, { ...FORMAT, precision: 'bfloat16' }),
    ];
    expect(new Set(others).size).toBe(others.length);
    await expect(cache.openTable({ rate: NaN }, FORMAT)).rejects.toThrow('NaN');
  });

  test('say in words what they are, and leave nothing where nothing was stored', async () => {
    const folder = await temporaryFolder();
    const cache = await openActivationCache({ folder });
    await (await cache.openTable(KEY, FORMAT)).close();
    expect(await readdir(folder)).toEqual([]);
    await store(folder, KEY, [1]);
    const [file = ''] = await files(folder, 'table.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ key: KEY, length: 50, precision: 'float16' });
  });

  test('two that are written at once are one when opened again', async () => {
    const folder = await temporaryFolder();
    const cache = await openActivationCache({ folder });
    const [one, other] = [await cache.openTable(KEY, FORMAT), await cache.openTable(KEY, FORMAT)];
    append(one, [1, 2]);
    append(other, [2, 3]);
    await one.seal();
    const third = await cache.openTable(KEY, FORMAT); // while `other` still writes
    expect(held(third, [1, 2, 3])).toEqual([1, 2]);
    await Promise.all([one.close(), other.close(), third.close()]);
    const again = await cache.openTable(KEY, FORMAT);
    expect(read(again, [1, 2, 3])).toEqual(rowsOf([1, 2, 3]));
    await again.close();
  });
});

describe('a segment that was not sealed', () => {
  /** Renames the one segment of a folder to how a process with that number would have left it. */
  async function leaveUnsealed(folder: string, pid: number): Promise<string> {
    const [keys = '', rows = ''] = [...(await files(folder, '.keys')), ...(await files(folder, '.rows'))];
    const left = join(dirname(keys), basename(keys).replace(/^\d+/, String(pid)));
    await rename(keys, `${left}.part`);
    await rename(rows, left.replace(/keys$/, 'rows'));
    return `${left}.part`;
  }

  async function expectRows(folder: string): Promise<void> {
    const table = await (await openActivationCache({ folder })).openTable(KEY, FORMAT);
    expect(read(table, [1, 2])).toEqual(rowsOf([1, 2]));
    await table.close();
  }

  test('is used but not touched while its writer lives, and sealed afterwards', async () => {
    const folder = await temporaryFolder();
    await store(folder, KEY, [1, 2]);
    const writer = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const unsealed = await leaveUnsealed(folder, writer.pid!);
    await expectRows(folder);
    await (await openActivationCache({ folder, limitBytes: 1e15 })).makeRoom(0);
    await expect((await openActivationCache({ folder, limitBytes: 1 })).makeRoom(0)).rejects.toThrow('in use');
    expect(await files(folder, '.part')).toEqual([unsealed]);
    writer.kill();
    await once(writer, 'exit');
    await expectRows(folder);
    expect([await files(folder, '.part'), await files(folder, '.keys')]).toEqual([[], [unsealed.slice(0, -5)]]);
  });

  test.each([
    ['of a process that had our number before us', process.pid, new Date()],
    ['from before the machine was started', process.ppid, new Date(0)],
  ])('%s is sealed', async (_, pid, written) => {
    const folder = await temporaryFolder();
    await store(folder, KEY, [1, 2]);
    await utimes(await leaveUnsealed(folder, pid), written, written);
    await expectRows(folder);
    expect(await files(folder, '.part')).toEqual([]);
  });

  test('without one good row goes', async () => {
    const folder = await temporaryFolder();
    await store(folder, KEY, [1]);
    await truncate(await leaveUnsealed(folder, process.pid), 35);
    const table = await (await openActivationCache({ folder })).openTable(KEY, FORMAT);
    expect([held(table, [1]), await files(folder, '.rows')]).toEqual([[], []]);
    await table.close();
  });
});

describe('damage', () => {
  test.each([
    ['a flipped bit', (file: string) => flip(file, 130)],
    ['a file cut short after it was opened', (file: string) => truncate(file, 150)],
  ])('%s is told, and starting again computes what was lost', async (_, damage) => {
    const folder = await temporaryFolder();
    await store(folder, KEY, [1, 2, 3]);
    const cache = await openActivationCache({ folder });
    const table = await cache.openTable(KEY, FORMAT);
    const [rows = ''] = await files(folder, '.rows');
    await damage(rows);
    expect(read(table, [1])).toEqual(rowsOf([1]));
    expect(() => read(table, [2])).toThrow(expect.objectContaining({ code: 'cache/corrupt' }));
    expect(held(table, [1, 2, 3])).toEqual([]);
    append(table, [2]);
    expect(read(table, [2])).toEqual(rowsOf([2]));
    await table.close();
    const again = await cache.openTable(KEY, FORMAT);
    expect(held(again, [1, 2, 3])).toEqual([2]);
    await again.close();
  });

  test('a changed checksum, or a row under the key of another picture, is told', async () => {
    const folder = await temporaryFolder();
    await store(folder, { table: 1 }, [1, 2]);
    await store(folder, { table: 2 }, [1, 2]);
    const [one = '', other = ''] = await files(folder, '.keys');
    await flip(one, 34);
    const keys = await readFile(other);
    const swapped = [keys.subarray(36, 68), keys.subarray(32, 36), keys.subarray(0, 32), keys.subarray(68)];
    await writeFile(other, Buffer.concat(swapped));
    const cache = await openActivationCache({ folder });
    for (const number of [1, 2]) {
      const table = await cache.openTable({ table: number }, FORMAT);
      expect(() => read(table, [1])).toThrow(expect.objectContaining({ code: 'cache/corrupt' }));
      await table.close();
    }
  });

  test('a row that is damaged while its segment is written does not stop the table', async () => {
    const cache = await openActivationCache({ folder: await temporaryFolder() });
    const length = 2 ** 18; // a megabyte: not kept in memory
    const table = await cache.openTable(KEY, { length, precision: 'float32' });
    append(table, [1, 2], length);
    const [rows = ''] = await files(table.folder, '.rows');
    await flip(rows, 5);
    expect(() => read(table, [1], length)).toThrow(expect.objectContaining({ code: 'cache/corrupt' }));
    append(table, [1], length);
    expect(bytesOf(read(table, [1], length)).equals(bytesOf(rowsOf([1], length)))).toBe(true);
    await table.close();
  });
});

describe('a limit', () => {
  const rowBytes = FORMAT.length * 2 + 36;

  test('evicts what was not used for longest, and no more than is needed', async () => {
    const folder = await temporaryFolder();
    await store(folder, { table: 'old' }, [1, 2], 3);
    await store(folder, { table: 'older' }, [1, 2], 5);
    await store(folder, { table: 'oldest, but used again' }, [1, 2], 7);
    await store(folder, { table: 'new' }, [1, 2], 1);
    const cache = await openActivationCache({ folder, limitBytes: 8 * rowBytes });
    const used = await cache.openTable({ table: 'oldest, but used again' }, FORMAT);
    expect(held(used, [1])).toEqual([1]);
    await used.close();
    await cache.makeRoom(3 * rowBytes);
    const left = (await files(folder, 'table.json')).map(async (file) => JSON.parse(await readFile(file, 'utf8')));
    expect((await Promise.all(left)).map(({ key }) => key.table).sort()).toEqual(['new', 'oldest, but used again']);
    expect(await readdir(folder)).toHaveLength(2); // and no empty folders
  });

  test('evicts from an open table what the run does not use', async () => {
    const folder = await temporaryFolder();
    await store(folder, KEY, [1, 2], 2);
    await store(folder, KEY, [3, 4], 1);
    const cache = await openActivationCache({ folder, limitBytes: 4 * rowBytes });
    const table = await cache.openTable(KEY, FORMAT);
    expect(held(table, [1])).toEqual([1]); // the older, but asked for
    await cache.makeRoom(2 * rowBytes);
    expect(read(table, [1, 2])).toEqual(rowsOf([1, 2]));
    expect(held(table, [3, 4])).toEqual([]);
    append(table, [3]);
    expect(read(table, [3])).toEqual(rowsOf([3]));
    await table.close();
  });

  test('is cleared of all that nobody uses, and what an open table was asked for stays', async () => {
    const folder = await temporaryFolder();
    await store(folder, KEY, [1, 2]);
    const cache = await openActivationCache({ folder });
    const used = await cache.openTable({ ...KEY, variant: 2 }, FORMAT);
    append(used, [3]);
    await used.seal();
    expect(held(used, [3])).toEqual([3]);
    await cache.clear();
    expect(read(used, [3])).toEqual(rowsOf([3]));
    await used.close();
    const again = await cache.openTable(KEY, FORMAT);
    expect(held(again, [1, 2])).toEqual([]);
    await again.close();
    await (await openActivationCache({ folder })).clear();
    expect(await cache.sizeBytes()).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  test('that cannot hold what is needed says so, and evicts nothing', async () => {
    const folder = await temporaryFolder();
    await store(folder, { table: 'other' }, [1, 2]);
    await store(folder, KEY, [1, 2]);
    const cache = await openActivationCache({ folder, limitBytes: 6 * rowBytes });
    const table = await cache.openTable(KEY, FORMAT);
    expect(held(table, [1])).toEqual([1]);
    const details = {
      neededBytes: 5 * rowBytes,
      limitBytes: 6 * rowBytes,
      inUseBytes: 2 * rowBytes,
      enoughGigabytes: 1,
    };
    await expect(cache.makeRoom(5 * rowBytes)).rejects.toMatchObject({ code: 'cache/too-small', details });
    expect(await cache.sizeBytes()).toBe(4 * rowBytes);
    await cache.makeRoom(4 * rowBytes);
    expect(await cache.sizeBytes()).toBe(2 * rowBytes);
    await table.close();
  });

  test('is not what fills the disk', async () => {
    const cache = await openActivationCache({ folder: await temporaryFolder(), limitBytes: 1e18 });
    await expect(cache.makeRoom(1e17)).rejects.toMatchObject({ code: 'storage/full' });
  });

  test('what another process evicts meanwhile stays readable where it was asked for, and is missed elsewhere', async () => {
    const folder = await temporaryFolder();
    await store(folder, KEY, [1, 2]);
    await store(folder, KEY, [3]);
    const table = await (await openActivationCache({ folder })).openTable(KEY, FORMAT);
    expect(held(table, [1])).toEqual([1]);
    await (await openActivationCache({ folder, limitBytes: 1 })).makeRoom(0);
    expect(await readdir(folder)).toEqual([]);
    expect(read(table, [2])).toEqual(rowsOf([2]));
    expect(held(table, [3])).toEqual([]);
    append(table, [3]);
    await table.close();
    expect(await files(folder, '.keys')).toHaveLength(1);
  });

  test('two processes can make room at once', async () => {
    const folder = await temporaryFolder();
    for (const table of [1, 2, 3, 4, 5, 6]) await store(folder, { table }, [1], table);
    const caches = await Promise.all([1, 2, 3].map(() => openActivationCache({ folder, limitBytes: 2 * rowBytes })));
    await Promise.all(caches.map((cache) => cache.makeRoom(0)));
    expect(await caches[0]!.sizeBytes()).toBeLessThanOrEqual(2 * rowBytes);
  });

  test('leftovers go: rows without keys, keys without rows, old temporary files, folders with nothing in them', async () => {
    const folder = await temporaryFolder();
    for (const table of [1, 2, 3]) await store(folder, { table }, [1]);
    const [rows = ''] = await files(folder, '.rows');
    await rm(rows);
    const [, keys = ''] = await files(folder, '.keys');
    await rm(keys);
    const [, , third = ''] = await files(folder, 'table.json');
    await writeFile(`${third}.old.tmp`, 'half');
    await utimes(`${third}.old.tmp`, 0, 0);
    await writeFile(`${third}.new.tmp`, 'half'); // somebody may be writing it
    await (await openActivationCache({ folder })).makeRoom(0);
    expect(await readdir(folder)).toEqual([basename(dirname(third))]);
    const left = (await readdir(dirname(third))).map((name) => name.replace(/^\d+-.{36}/, 'segment'));
    expect(left.sort()).toEqual(['segment.keys', 'segment.rows', 'table.json', 'table.json.new.tmp']);
  });
});

describe('the limit by default', () => {
  test('is 20 GB or a fifth of what is free without the cache, and FOVEA_CACHE_LIMIT_GB overrides it', async () => {
    const folder = await temporaryFolder();
    const before = (await openActivationCache({ folder })).limitBytes;
    expect(before).toBeLessThanOrEqual(20e9);
    try {
      process.env['FOVEA_CACHE_LIMIT_GB'] = '1.5';
      expect((await openActivationCache({ folder })).limitBytes).toBe(1.5e9);
      for (const wrong of ['many', '0', '-3', 'Infinity']) {
        process.env['FOVEA_CACHE_LIMIT_GB'] = wrong;
        await expect(openActivationCache({ folder })).rejects.toMatchObject({ code: 'setting/out-of-range' });
      }
    } finally {
      delete process.env['FOVEA_CACHE_LIMIT_GB'];
    }
  });
});

/** Flips a bit of a file. */
async function flip(file: string, at: number): Promise<void> {
  const { size } = await stat(file);
  expect(at).toBeLessThan(size);
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  byte[0]! ^= 4;
  await handle.write(byte, 0, 1, at);
  await handle.close();
}
