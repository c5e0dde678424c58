import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listFiles } from '../../../../src-main/engine/dataset/list-files.ts';
import { readManifest, writeManifest } from '../../../../src-main/engine/dataset/manifest-file.ts';
import { scanFolder } from '../../../../src-main/engine/dataset/scan.ts';
import { makeImageFolder } from '../../../helpers/image-folders.ts';

async function written() {
  const folder = await makeImageFolder({ 'a\nb': 2, '고양이 "🐈"': 2, 'a\nb/x.txt': 'x', 'a\nb/\u2028.jpg': 'x' });
  const manifest = await scanFolder(folder);
  const target = await makeImageFolder({});
  const file = join(target, 'dataset.jsonl');
  await writeManifest(file, manifest);
  return { target, file, manifest };
}

test('a manifest comes back as it was written, whatever is in the names', async () => {
  const { file, manifest } = await written();
  expect(await readManifest(file)).toEqual(manifest);
});

test('what an edit says of a picture’s split comes back with it', async () => {
  const { file, manifest } = await written();
  const entries = manifest.entries.map((entry, index) =>
    index === 0 ? { ...entry, editedSplit: 'test' as const } : entry,
  );
  await writeManifest(file, { ...manifest, entries });
  expect((await readManifest(file)).entries).toStrictEqual(entries);
});

test('the file is JSON lines: a header, a line a picture, a line a skipped file', async () => {
  const { file, manifest } = await written();
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual([
    'kind',
    ...manifest.entries.map(() => 'id'),
    ...manifest.skipped.map(() => 'path'),
  ]);
});

test('an older file is replaced whole, with nothing left beside it', async () => {
  const { file, manifest, target } = await written();
  const shorter = { ...manifest, entries: manifest.entries.slice(0, 1), skipped: [] };
  await writeManifest(file, shorter);
  expect(await readManifest(file)).toEqual(shorter);
  expect(await readdir(target)).toEqual(['dataset.jsonl']);
});

test('a missing, cut, altered or foreign file is refused by name', async () => {
  const { file, target } = await written();
  const text = await readFile(file, 'utf8');
  const refused = async (content: string) => {
    await writeFile(file, content);
    await expect(readManifest(file)).rejects.toMatchObject({ code: 'project/corrupt', details: { file } });
  };
  await refused('');
  await refused(text.slice(0, text.length / 2));
  await refused(text.split('\n').slice(0, -2).join('\n'));
  await refused(text.replace('"version":1', '"version":2'));
  await refused(text.replace('"width":48', '"width":"48"'));
  await refused('{"kind":"something else"}\n');
  await expect(readManifest(join(target, 'absent'))).rejects.toMatchObject({ code: 'project/corrupt' });
});

test('files and folders to predict are listed in order, each once, and what is missing is told', async () => {
  const folder = await makeImageFolder({ 'b/2.jpg': 'x', 'a/deep/1.jpg': 'x', '.DS_Store': 'x', 'lone.jpg': 'x' });
  const at = (path: string) => join(folder, path);
  expect(await listFiles([at('lone.jpg'), folder, at('absent.jpg')])).toEqual({
    files: [at('lone.jpg'), at('a/deep/1.jpg'), at('b/2.jpg')],
    skipped: [
      { path: at('.DS_Store'), reason: 'system file' },
      { path: at('absent.jpg'), reason: 'unreadable: no such file' },
    ],
  });
});
