/** A training that is killed goes on where it was, to the very weights that it would have reached. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fovea, installedBackbones, temporaryFolder, type Ended } from '../helpers/cli.ts';
import { makeImageFolder } from '../helpers/image-folders.ts';
import { repositoryRoot } from '../helpers/shared.ts';

const backbones = await installedBackbones();
if (backbones.length === 0) process.stderr.write('Skipping the killed run: no backbone is installed.\n');

/** Long enough for a checkpoint, which comes every five seconds. */
const SETTINGS = [
  '--mode',
  'upper',
  '--tune-epochs',
  '100',
  '--batch-size',
  '2',
  '--patience',
  '0',
  '--epochs',
  '3',
  '--formats',
  'none',
];

/** The name of the weights' file holds their hash. */
async function weightsOf(out: string): Promise<string | undefined> {
  return (await readdir(join(out, 'model'))).find((name) => name.startsWith('weights-'));
}

/** Epochs that were run, as the lines on stderr tell. */
function epochsShown({ stderr }: Ended): number {
  return stderr.split('\n').filter((line) => line.startsWith('Epoch ')).length;
}

test.skipIf(backbones.length === 0)('a killed training is gone on with by the same command', async () => {
  const pictures = await makeImageFolder({ round: 8, square: 8 });
  const folder = await temporaryFolder();
  const [killed, whole] = [join(folder, 'killed'), join(folder, 'whole')];
  const command = (out: string) => ['train', pictures, '--out', out, ...SETTINGS];
  const checkpoint = join(killed, 'checkpoint.bin');

  const program = join(repositoryRoot, 'dist', 'main', 'fovea.js');
  const child = spawn(process.execPath, [program, ...command(killed)], {
    env: { ...process.env, FOVEA_HOME: folder },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (let waited = 0; !existsSync(checkpoint) && waited < 600; waited++) await sleep(100);
  child.kill('SIGKILL'); // its worker ends by itself: the channel to the parent is gone
  await ended;
  expect(existsSync(checkpoint), 'a checkpoint within a minute').toBe(true);
  expect(existsSync(join(killed, 'model'))).toBe(false);

  const goneOn = await fovea([...command(killed), '--json']);
  const uninterrupted = await fovea([...command(whole), '--json']);
  expect([goneOn.code, uninterrupted.code], goneOn.stderr + uninterrupted.stderr).toEqual([0, 0]);
  expect(await weightsOf(killed)).toBe(await weightsOf(whole));
  expect(existsSync(checkpoint)).toBe(false);
  // What was gone on with begins after the head's epochs and those that the checkpoint held.
  expect(epochsShown(goneOn)).toBeLessThan(epochsShown(uninterrupted));
});
