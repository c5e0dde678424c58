import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backbones } from '../../scripts/setup/backbones.js';
import { hashText } from '../../scripts/setup/hash.js';
import type { Context } from '../../scripts/setup/step.js';
import { createTalk } from '../../scripts/setup/talk.js';
import { repositoryRoot } from '../helpers/shared.ts';

const contents = { 'model.json': '{"layers": []}', 'group1-shard1of1': 'weights of the network' };
let folder: string;
let root: string;
let said: string[];
let context: Context;

/** A checkout with one backbone, whose own source answers nothing, and a folder of the user's that holds it. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-backbones-'));
  root = join(folder, 'checkout');
  const files = Object.entries(contents).map(([path, text]) => ({ path, sha256: hashText(text), bytes: text.length }));
  const entry = { id: 'tiny', title: 'Tiny', files, source: { kind: 'https', folder: 'http://127.0.0.1:9/' } };
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(join(root, 'assets', 'catalogue.json'), JSON.stringify({ backbones: [entry] }));
  await mkdir(join(folder, 'mine', 'tiny'), { recursive: true });
  for (const [path, text] of Object.entries(contents)) await writeFile(join(folder, 'mine', 'tiny', path), text);
  vi.stubEnv('FOVEA_BACKBONES', join(folder, 'mine'));
  said = [];
  const talk = createTalk({ write: (text: string) => said.push(text) > 0 });
  const folders = { root, cache: join(folder, 'cache'), notes: join(root, '.set-up') };
  context = { ...folders, talk, system: false, forTests: false, verify: false, retry: true };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('a backbone is taken whole from a folder of the user, and then is in place', async () => {
  expect(await backbones.look(context)).toMatchObject({ state: 'todo', now: { note: 'Tiny not installed' } });
  const ready = { state: 'ready', summary: 'Tiny' };
  expect([await backbones.bring(context), await backbones.look(context)]).toEqual([ready, ready]);
  expect(await readFile(join(root, 'assets', 'backbones', 'tiny', 'group1-shard1of1'), 'utf8')).toBe(
    contents['group1-shard1of1'],
  );
  expect(await readdir(join(root, 'assets', 'backbones'))).toEqual(['tiny']);
});

test('a truncated file is noticed and brought again', async () => {
  await backbones.bring(context);
  await truncate(join(root, 'assets', 'backbones', 'tiny', 'model.json'), 3);
  expect((await backbones.look(context)).state).toBe('todo');
  await backbones.bring(context);
  expect(await readFile(join(root, 'assets', 'backbones', 'tiny', 'model.json'), 'utf8')).toBe(contents['model.json']);
});

test('a folder without a stamp, as a killed set-up may leave, is not trusted', async () => {
  await backbones.bring(context);
  await rm(join(root, 'assets', 'backbones', 'tiny', '.set-up.json'));
  expect((await backbones.look(context)).state).toBe('todo');
});

test('another file of the same name is named and not used', async () => {
  const file = join(folder, 'mine', 'tiny', 'group1-shard1of1');
  await writeFile(file, 'weights of another net');
  const outcome = await backbones.bring(context);
  expect(outcome).toEqual({ state: 'missing', note: 'Tiny: 127.0.0.1:9: the connection was refused' });
  expect(said.join('')).toContain(`${file} is not the expected file`);
  expect((await backbones.look(context)).state).toBe('todo');
});

test('one on request is brought where it is asked for, and left alone otherwise', async () => {
  const file = join(root, 'assets', 'catalogue.json');
  const { backbones: entries } = JSON.parse(await readFile(file, 'utf8')) as { backbones: object[] }; // as: made above
  await writeFile(file, JSON.stringify({ backbones: entries.map((entry) => ({ ...entry, onRequest: true })) }));
  expect(await backbones.look(context)).toMatchObject({ state: 'missing' });
  const asked = { ...context, backbones: ['tiny'] };
  expect(await backbones.bring(asked)).toEqual({ state: 'ready', summary: 'Tiny' });
  await expect(backbones.look({ ...context, backbones: ['vgg'] })).rejects.toThrow(/no backbone "vgg"/);
});

test('the catalogue pins every file that set-up brings, and its figures are those of its files', async () => {
  const text = await readFile(join(repositoryRoot, 'assets', 'catalogue.json'), 'utf8');
  const catalogue = JSON.parse(text) as {
    // as: the file's own form
    backbones: {
      id: string;
      scale: number;
      onRequest?: boolean;
      files?: { path: string; sha256: string; bytes: number }[];
    }[];
  };
  const pinned = catalogue.backbones.filter(({ files }) => files !== undefined);
  const summary = pinned.map(({ id, scale, onRequest = false, files = [] }) => ({
    id,
    scale,
    onRequest,
    fileCount: new Set(files.map(({ path }) => path)).size,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  }));
  expect(summary).toEqual([
    { id: 'mobilenet_v1_0.75_224', scale: 1 / 127.5, onRequest: false, fileCount: 56, bytes: 10_457_307 },
    { id: 'efficientnet_lite0', scale: 1 / 128, onRequest: false, fileCount: 1, bytes: 18_826_032 },
    { id: 'efficientnet_lite1', scale: 1 / 128, onRequest: true, fileCount: 1, bytes: 21_946_926 },
    { id: 'efficientnet_lite2', scale: 1 / 128, onRequest: true, fileCount: 1, bytes: 24_666_229 },
  ]);
  for (const { sha256 } of pinned.flatMap(({ files = [] }) => files)) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  const isOnRequest = catalogue.backbones.filter(({ files }) => files === undefined).map(({ onRequest }) => onRequest);
  expect(isOnRequest).toEqual(isOnRequest.map(() => true));
});
