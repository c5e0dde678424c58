import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listBackbones, removeBackbone, requireBackbone } from '../../../src-main/studio/backbones.ts';
import { temporaryFolder } from '../../helpers/server.ts';

/** A catalogue of two backbones; the files of the named ones are there, with this many bytes each. */
async function makeRoot(installed: Readonly<Record<string, number>>): Promise<string> {
  const root = await temporaryFolder();
  const entry = (id: string, defaultRank: number) => ({
    id,
    title: id.toUpperCase(),
    licence: 'MIT',
    parameterCount: 10,
    imageSize: 224,
    defaultRank,
    files: [{ path: 'weights.bin', bytes: 4 }],
  });
  await mkdir(join(root, 'assets'));
  await writeFile(
    join(root, 'assets', 'catalogue.json'),
    JSON.stringify({ backbones: [entry('big', 2), entry('small', 1)] }),
  );
  for (const [id, bytes] of Object.entries(installed)) {
    await mkdir(join(root, 'assets', 'backbones', id), { recursive: true });
    await writeFile(join(root, 'assets', 'backbones', id, 'weights.bin'), 'x'.repeat(bytes));
  }
  return root;
}

const flags = async (root: string) =>
  Object.fromEntries(
    (await listBackbones(root)).map(({ id, isInstalled, isDefault }) => [id, [isInstalled, isDefault]]),
  );

test('the default is the first in rank of those that are there', async () => {
  expect(await flags(await makeRoot({ big: 4, small: 4 }))).toEqual({ big: [true, false], small: [true, true] });
  expect(await flags(await makeRoot({ big: 4 }))).toEqual({ big: [true, true], small: [false, false] });
  expect(await flags(await makeRoot({}))).toEqual({ big: [false, false], small: [false, true] });
});

test('a half-copied backbone counts as missing', async () => {
  expect(await flags(await makeRoot({ big: 3 }))).toMatchObject({ big: [false, false] });
});

test('a backbone that is wanted and missing is named, with what to do', async () => {
  const root = await makeRoot({ big: 4 });
  await requireBackbone('big', root);
  await requireBackbone(undefined, root);
  await expect(requireBackbone('small', root)).rejects.toMatchObject({
    code: 'backbone/missing',
    message: expect.stringMatching(/"small" is not installed.*npm run setup/) as string,
  });
  await expect(requireBackbone('other', root)).rejects.toMatchObject({
    code: 'backbone/unknown',
    message: expect.stringContaining('big, small') as string,
  });
  await expect(requireBackbone(undefined, await makeRoot({}))).rejects.toMatchObject({ code: 'backbone/missing' });
});

test('what the user has added is listed beside the catalogue, takes its place there, and can be removed', async () => {
  const root = await makeRoot({ big: 4 });
  const added = await temporaryFolder();
  const record = (id: string) => ({ id, title: 'Own', licence: 'MIT', parameterCount: 5, imageSize: 96, defaultRank: 100, files: [{ path: 'model.json', bytes: 2 }] }); // prettier-ignore
  for (const id of ['small', 'mine', 'half', 'renamed']) {
    await mkdir(join(added, id));
    await writeFile(join(added, id, 'backbone.json'), JSON.stringify(record(id === 'renamed' ? 'other' : id)));
    await writeFile(join(added, id, 'model.json'), id === 'half' ? '{' : '{}');
  }
  await mkdir(join(added, 'coming.partial'));
  await writeFile(join(added, 'known-hashes.json'), '{}');
  const seen = (await listBackbones(root, added)).map(({ id, isInstalled, isAdded, isDefault }) => [id, isInstalled, isAdded, isDefault]); // prettier-ignore
  expect(seen).toEqual([
    ['big', true, false, true],
    ['small', true, true, false],
    ['half', false, false, false],
    ['mine', true, true, false],
  ]);
  await requireBackbone('mine', root, added);
  await removeBackbone('mine', added);
  await expect(requireBackbone('mine', root, added)).rejects.toMatchObject({ code: 'backbone/unknown' });
  for (const id of ['mine', 'big', '..', 'renamed'])
    await expect(removeBackbone(id, added)).rejects.toMatchObject({ code: 'backbone/unknown' });
});

test('one on request is never the default while it is not there, and is brought by its own command', async () => {
  const root = await temporaryFolder();
  const entry = { id: 'wide', title: 'Wide', licence: 'MIT', parameterCount: 1, imageSize: 224, defaultRank: 0, onRequest: true }; // prettier-ignore
  const own = { ...entry, id: 'own', defaultRank: 5, onRequest: false, files: [{ path: 'w', bytes: 1 }] };
  await mkdir(join(root, 'assets'));
  await writeFile(join(root, 'assets', 'catalogue.json'), JSON.stringify({ backbones: [entry, own] }));
  expect(await flags(root)).toEqual({ wide: [false, false], own: [false, true] });
  await expect(requireBackbone('wide', root)).rejects.toMatchObject({
    message: expect.stringContaining('Run: fovea backbones add wide') as string,
  });
});
