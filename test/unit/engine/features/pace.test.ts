import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readPace, rememberPace } from '../../../../src-main/engine/features/pace.ts';

const unknown = { decodeMs: null, passMs: null, augmentMs: null, tuneStepMs: null };
const upper = { backbone: 'mobilenet', cut: 'conv_dw_12' };
const onCpu = { ...upper, tier: 'native-cpu' } as const;

async function paceFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-pace-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'not yet made', 'pace.json');
}

test('a machine that has run nothing is known by nothing', async () => {
  expect(await readPace(upper, await paceFile())).toEqual(unknown);
});

test('the first run is taken as it was, later ones by how many pictures they measured', async () => {
  const file = await paceFile();
  const first = { decodeMs: 10, passMs: 5, augmentMs: null, tuneStepMs: 4 };
  await rememberPace(onCpu, { ...first, imageCount: 3 }, file);
  expect(await readPace(upper, file)).toEqual(first);
  await rememberPace(onCpu, { decodeMs: 20, passMs: 10, augmentMs: 1, tuneStepMs: null, imageCount: 1000 }, file);
  // 40 % of the way from the old to the new; what the run did not do stays.
  expect(await readPace(upper, file)).toEqual({ decodeMs: 14, passMs: 7, augmentMs: 1, tuneStepMs: 4 });
  await rememberPace(onCpu, { decodeMs: 24, passMs: null, augmentMs: null, tuneStepMs: null, imageCount: 50 }, file);
  expect(await readPace(upper, file)).toEqual({ decodeMs: 16, passMs: 7, augmentMs: 1, tuneStepMs: 4 }); // 20 %
});

test('decoding is the same for every network, passes are not', async () => {
  const file = await paceFile();
  await rememberPace(onCpu, { decodeMs: 6, passMs: 5, augmentMs: 1, tuneStepMs: 4, imageCount: 100 }, file);
  const other = { decodeMs: 6, passMs: null, augmentMs: 1, tuneStepMs: null };
  expect(await readPace({ ...upper, cut: null }, file)).toEqual(other);
  expect(await readPace({ ...upper, backbone: 'efficientnet' }, file)).toEqual(other);
});

test('the tier of the last run is the one that is read', async () => {
  const file = await paceFile();
  const measured = { decodeMs: null, augmentMs: null, tuneStepMs: null, imageCount: 100 };
  await rememberPace(onCpu, { ...measured, passMs: 5 }, file);
  await rememberPace({ ...upper, tier: 'native-gpu' }, { ...measured, passMs: 1 }, file);
  expect((await readPace(upper, file)).passMs).toBe(1);
});

test('a run that measured nothing writes nothing', async () => {
  const file = await paceFile();
  await rememberPace(onCpu, { ...unknown, imageCount: 0 }, file);
  await expect(readFile(file)).rejects.toThrow('ENOENT');
});

test.each([
  '',
  '{',
  '{"version": 2}',
  '[]',
  '{"version": 1, "tier": "x", "decodeMs": -1, "augmentMs": 0, "networks": {}}',
])('a broken file, "%s", is nothing known, and the next run replaces it', async (content) => {
  const file = await paceFile();
  await rememberPace(onCpu, { ...unknown, passMs: 9, imageCount: 1 }, file);
  await writeFile(file, content);
  expect(await readPace(upper, file)).toEqual(unknown);
  await rememberPace(onCpu, { ...unknown, passMs: 5, imageCount: 1 }, file);
  expect((await readPace(upper, file)).passMs).toBe(5);
});
