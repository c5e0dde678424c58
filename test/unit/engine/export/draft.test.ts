import { execFileSync, fork } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { unzipSync } from 'fflate';
import { expect, onTestFinished, test } from 'vitest';
import { openDraft } from '../../../../src-main/engine/export/draft.ts';
import { createRandom } from '../../../../src-main/engine/random.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Every file below a folder with its text, by path. */
async function contentOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')]),
  );
  return Object.fromEntries(texts.sort()) as Record<string, string>;
}

async function put(target: string, files: Record<string, string>, overwrite = false): Promise<void> {
  const draft = await openDraft(target, overwrite);
  for (const [name, content] of Object.entries(files)) await draft.write({ name, content });
  await draft.commit();
}

test('files appear under the target’s name all at once, on commit', async () => {
  const folder = await emptyFolder();
  const draft = await openDraft(join(folder, 'deep', 'onnx'), false);
  await draft.write({ name: 'model.onnx', content: 'model' });
  expect(await readdir(join(folder, 'deep'))).toEqual([expect.stringMatching(/^\.fovea-new-/)]);
  await draft.write({ name: 'labels.txt', content: 'ant\n' });
  await draft.commit();
  expect(await contentOf(folder)).toEqual({ 'deep/onnx/labels.txt': 'ant\n', 'deep/onnx/model.onnx': 'model' });
});

test('a discarded draft leaves nothing', async () => {
  const folder = await emptyFolder();
  const draft = await openDraft(join(folder, 'onnx'), false);
  await draft.write({ name: 'model.onnx', content: 'model' });
  await draft.discard();
  expect(await readdir(folder)).toEqual([]);
});

test('what is there is not replaced unless that was asked for', async () => {
  const folder = await emptyFolder();
  const target = join(folder, 'onnx');
  await put(target, { 'model.onnx': 'old' });
  await expect(openDraft(target, false)).rejects.toMatchObject({
    code: 'export/target-exists',
    message: expect.stringMatching(/not empty.*--overwrite/) as string,
    details: { folder: target },
  });
  expect(await contentOf(folder)).toEqual({ 'onnx/model.onnx': 'old' });
});

test('what appears at the target while the draft is written is not replaced either', async () => {
  const folder = await emptyFolder();
  const target = join(folder, 'onnx');
  const draft = await openDraft(target, false);
  await draft.write({ name: 'model.onnx', content: 'late' });
  await put(target, { 'model.onnx': 'first' });
  await expect(draft.commit()).rejects.toMatchObject({ code: 'export/target-exists' });
  await draft.discard();
  expect(await contentOf(folder)).toEqual({ 'onnx/model.onnx': 'first' });
});

test('an empty folder may be used', async () => {
  const folder = await emptyFolder();
  await mkdir(join(folder, 'onnx'));
  await put(join(folder, 'onnx'), { 'model.onnx': 'new' });
  expect(await contentOf(folder)).toEqual({ 'onnx/model.onnx': 'new' });
});

test('a replaced export keeps what the user put into it, and none of its own files', async () => {
  const folder = await emptyFolder();
  const target = join(folder, 'tfjs');
  await put(target, { 'model.json': 'old', 'group1-shard1of2.bin': 'a', 'group1-shard2of2.bin': 'b' });
  await mkdir(join(target, 'node_modules', 'sharp'), { recursive: true });
  await writeFile(join(target, 'node_modules', 'sharp', 'index.js'), 'theirs');
  await writeFile(join(target, 'notes.txt'), 'mine');
  await put(target, { 'model.json': 'new', 'group1-shard1of1.bin': 'c' }, true);
  expect(await contentOf(folder)).toEqual({
    'tfjs/group1-shard1of1.bin': 'c',
    'tfjs/model.json': 'new',
    'tfjs/node_modules/sharp/index.js': 'theirs',
    'tfjs/notes.txt': 'mine',
  });
});

test('of an export with a manifest nothing is left behind, in folders neither, but what the user put there', async () => {
  const folder = await emptyFolder();
  const target = join(folder, 'onnx');
  const files = ['model.onnx', 'samples/0.jpg', 'samples/1.jpg', 'assets.extra/deep/labels.txt'];
  const manifest = JSON.stringify({ files: files.map((name) => ({ name, bytes: 3, sha256: '' })) });
  await put(target, { ...Object.fromEntries(files.map((name) => [name, 'old'])), 'export.json': manifest });
  await writeFile(join(target, 'samples', 'mine.jpg'), 'mine');
  await put(target, { 'model.onnx': 'new', 'export.json': '{}' }, true);
  expect(await contentOf(folder)).toEqual({
    'onnx/export.json': '{}',
    'onnx/model.onnx': 'new',
    'onnx/samples/mine.jpg': 'mine',
  });
  expect((await readdir(target)).sort()).toEqual(['export.json', 'model.onnx', 'samples']);
});

test('a manifest that names files outside its folder removes none of them', async () => {
  const folder = await emptyFolder();
  await writeFile(join(folder, 'precious.txt'), 'mine');
  const names = ['../precious.txt', 'a/../../precious.txt', join(folder, 'precious.txt')];
  const manifest = JSON.stringify({ files: names.map((name) => ({ name, bytes: 4, sha256: '' })) });
  await put(join(folder, 'onnx'), { 'export.json': manifest });
  await put(join(folder, 'onnx'), { 'model.onnx': 'new' }, true);
  expect(await readFile(join(folder, 'precious.txt'), 'utf8')).toBe('mine');
});

test('a zip appears all at once on commit, holds folders too, and has the same bytes each time', async () => {
  const folder = await emptyFolder();
  const target = join(folder, 'onnx.zip');
  const pack = async (overwrite: boolean) => {
    const draft = await openDraft(target, overwrite, true);
    await draft.write({ name: 'model.onnx', content: 'model' });
    await draft.write({ name: 'assets.extra/라벨.txt', content: 'ant\n' });
    expect((await readdir(folder)).filter((name) => name.startsWith('.fovea-new-'))).toHaveLength(1);
    await draft.commit();
    return readFile(target);
  };
  const first = await pack(false);
  expect(await readdir(folder)).toEqual(['onnx.zip']);
  const unpacked = unzipSync(new Uint8Array(first));
  expect(Object.entries(unpacked).map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
    ['assets.extra/라벨.txt', 'ant\n'],
    ['model.onnx', 'model'],
  ]);
  await expect(openDraft(target, false, true)).rejects.toMatchObject({ code: 'export/target-exists' });
  expect(await pack(true)).toEqual(first);
});

test('a folder where a zip is to be is explained, and stays', async () => {
  const folder = await emptyFolder();
  await mkdir(join(folder, 'onnx.zip'));
  await expect(openDraft(join(folder, 'onnx.zip'), true, true)).rejects.toMatchObject({
    code: 'export/target-unwritable',
    message: expect.stringMatching(/a folder stands where a file is needed/) as string,
  });
});

test.each([false, true])('what a killed export left is cleared up with all its folders (zip: %s)', async (isZip) => {
  const folder = await emptyFolder();
  const name = isZip ? 'onnx.zip' : 'onnx';
  const left = join(folder, `.fovea-new-${deadProcess()}-0123abcd-${name}`, isZip ? 'content' : '', 'assets.extra');
  await mkdir(left, { recursive: true });
  await writeFile(join(left, 'labels.txt'), 'half');
  await (await openDraft(join(folder, name), false, isZip)).discard();
  expect(await readdir(folder)).toEqual([]);
});

test('a link to a folder is written through, and stays a link', async () => {
  const folder = await emptyFolder();
  await mkdir(join(folder, 'elsewhere'));
  await symlink(join(folder, 'elsewhere'), join(folder, 'onnx'));
  await put(join(folder, 'onnx'), { 'model.onnx': 'new' });
  expect(await readFile(join(folder, 'elsewhere', 'model.onnx'), 'utf8')).toBe('new');
  expect((await readdir(folder)).sort()).toEqual(['elsewhere', 'onnx']);
});

test.each(['onnx', 'onnx/below'])('a file where a folder is needed is explained (%s)', async (path) => {
  const folder = await emptyFolder();
  await writeFile(join(folder, 'onnx'), 'a file');
  await expect(openDraft(join(folder, path), true)).rejects.toMatchObject({
    code: 'export/target-unwritable',
    message: expect.stringMatching(/a file stands where a folder is needed/) as string,
  });
  expect(await contentOf(folder)).toEqual({ onnx: 'a file' });
});

test('a folder without leave to write is explained', async ({ skip }) => {
  if (process.getuid?.() === 0) return skip('root may write anywhere');
  const folder = await emptyFolder();
  await chmod(folder, 0o500);
  await expect(openDraft(join(folder, 'onnx'), false)).rejects.toMatchObject({
    code: 'export/target-unwritable',
    message: expect.stringMatching(/may not write/) as string,
  });
});

test('a read-only disk is explained', async ({ skip }) => {
  const disk = await mountDisk('size=1m,ro');
  if (disk === null) return skip();
  await expect(openDraft(join(disk, 'onnx'), false)).rejects.toMatchObject({
    code: 'export/target-unwritable',
    message: expect.stringMatching(/read-only/) as string,
  });
});

test('on a full disk the export fails in words, the old one stays, and nothing half-written is left', async ({
  skip,
}) => {
  const disk = await mountDisk('size=256k');
  if (disk === null) return skip();
  await put(join(disk, 'onnx'), { 'model.onnx': 'old' });
  const draft = await openDraft(join(disk, 'onnx'), true);
  await expect(draft.write({ name: 'model.onnx', content: new Uint8Array(1_000_000) })).rejects.toMatchObject({
    code: 'storage/full',
  });
  await draft.discard();
  expect(await contentOf(disk)).toEqual({ 'onnx/model.onnx': 'old' });
});

/** Null, with the reason printed, where the system lets us mount none. */
async function mountDisk(options: string): Promise<string | null> {
  const folder = await emptyFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    process.stderr.write(`Skipping a disk with ${options}: this system lets us mount none.\n`);
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

test('another export in progress is left alone', async () => {
  const folder = await emptyFolder();
  const first = await openDraft(join(folder, 'onnx'), true);
  await first.write({ name: 'model.onnx', content: 'first' });
  await put(join(folder, 'onnx'), { 'model.onnx': 'second' }, true);
  await first.commit();
  expect(await contentOf(folder)).toEqual({ 'onnx/model.onnx': 'first' });
});

test('killed at any moment, the target is the old or the new export, whole; the next export clears up', async () => {
  const folder = await emptyFolder();
  const target = join(folder, 'out', 'tfjs');
  const program = join(folder, 'export-again-and-again.mjs');
  await build({
    stdin: {
      contents: `
        import { openDraft } from './src-main/engine/export/draft.ts';
        const [target, from] = process.argv.slice(2);
        for (let number = Number(from); ; number++) {
          const draft = await openDraft(target, true);
          for (const name of ['model.json', 'weights.bin', 'README.md'])
            await draft.write({ name, content: String(number).repeat(20_000) });
          await draft.commit();
          process.send('committed');
        }`,
      resolveDir: repositoryRoot,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'error',
  });
  await put(target, { 'model.json': 'x', 'weights.bin': 'x', 'README.md': 'x' });
  await writeFile(join(target, 'notes.txt'), 'mine');
  const random = createRandom(1);
  let leftoverCount = 0;
  for (let round = 1; round <= 12; round++) {
    const child = fork(program, [target, String(round * 1000)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.once('message', resolve));
    await delay(random() * 40);
    child.kill('SIGKILL');
    await ended;
    const found = await readdir(join(folder, 'out'));
    leftoverCount += found.filter((name) => name !== 'tfjs').length;
    if (found.includes('tfjs')) {
      const files = await contentOf(target);
      delete files['notes.txt']; // it moves over last
      expect(Object.keys(files)).toEqual(['README.md', 'model.json', 'weights.bin']);
      expect(new Set(Object.values(files)).size).toBe(1);
    }
    const draft = await openDraft(target, true); // clears up
    await draft.discard();
    const { 'notes.txt': notes, ...files } = await contentOf(join(folder, 'out', 'tfjs'));
    expect(notes).toBe('mine');
    expect(Object.keys(files)).toEqual(['README.md', 'model.json', 'weights.bin']);
    expect(new Set(Object.values(files)).size).toBe(1);
    expect(await readdir(join(folder, 'out'))).toEqual(['tfjs']);
  }
  expect(leftoverCount).toBeGreaterThan(0); // else it was never killed at work
});

test.each([
  ['before the new one had its place', false],
  ['before the old one was gone', true],
])('a replacement that was killed %s is undone or finished', async (_, isInPlace) => {
  const folder = await emptyFolder();
  const old = join(folder, `.fovea-old-${deadProcess()}-0123abcd-onnx`);
  await mkdir(old);
  await writeFile(join(old, 'model.onnx'), 'old');
  await writeFile(join(old, 'notes.txt'), 'mine');
  await mkdir(join(old, 'assets.extra'));
  await writeFile(join(old, 'assets.extra', 'mine.txt'), 'mine');
  if (isInPlace) {
    await mkdir(join(folder, 'onnx'));
    await writeFile(join(folder, 'onnx', 'model.onnx'), 'new');
  }
  await (await openDraft(join(folder, 'onnx'), true)).discard();
  expect(await contentOf(folder)).toEqual({
    'onnx/assets.extra/mine.txt': 'mine',
    'onnx/model.onnx': isInPlace ? 'new' : 'old',
    'onnx/notes.txt': 'mine',
  });
});

/** Number of a process that has just ended. */
function deadProcess(): number {
  return Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
}
