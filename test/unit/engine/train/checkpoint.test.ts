import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../../../../src-main/engine/train/checkpoint.ts';

const checkpoint: Checkpoint = {
  fingerprint: 'settings and pictures',
  state: { epoch: 3, bestEpoch: 2 },
  arrays: { kernel: Float32Array.of(1, -2.5, 3e-20), bias: new Float32Array(0), velocity: Float32Array.of(7) },
};
let file = '';

beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'fovea-checkpoint-')), 'checkpoint.bin');
});

test('comes back as it was saved, and the later one replaces the earlier', async () => {
  await saveCheckpoint(file, { ...checkpoint, state: { epoch: 1 } });
  await saveCheckpoint(file, checkpoint);
  expect(await loadCheckpoint(file, checkpoint.fingerprint)).toEqual(checkpoint);
});

test('of another training is none, and neither is a missing one', async () => {
  await saveCheckpoint(file, checkpoint);
  expect(await loadCheckpoint(file, 'other settings')).toBeNull();
  expect(await loadCheckpoint(`${file}.absent`, checkpoint.fingerprint)).toBeNull();
});

test('with any byte changed or cut off is none', async () => {
  await saveCheckpoint(file, checkpoint);
  const good = await readFile(file);
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at] = bad[at]! ^ 0x41;
    await writeFile(file, bad);
    expect(await loadCheckpoint(file, checkpoint.fingerprint)).toBeNull();
    await writeFile(file, good.subarray(0, at));
    expect(await loadCheckpoint(file, checkpoint.fingerprint)).toBeNull();
  }
});
