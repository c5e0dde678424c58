/** Projects that are trained already, for what comes after a run. */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Home } from './pages/home.ts';
import type { Train } from './pages/train.ts';

const COLOURS = { blue: { r: 30, g: 60, b: 200 }, red: { r: 200, g: 40, b: 40 } } as const;
const TRAINING = 10;
const VALIDATION = 5;

/**
 * A folder of blue and red pictures with its own split, which any model tells apart; one blue picture lies among the red ones that
 * validate, so a run is wrong on that one.
 */
export async function makeMislabelled(): Promise<string> {
  const root = join(await mkdtemp(join(tmpdir(), 'fovea-e2e-')), 'colours');
  let made = 0;
  const draw = async (path: string, colour: keyof typeof COLOURS): Promise<void> => {
    const shade = (made++ % 20) * 2; // no two are the same file
    const { r, g, b } = COLOURS[colour];
    await sharp({
      create: { width: 96, height: 72, channels: 3, background: { r: r + shade, g: g + shade, b: b + shade } },
    })
      .png()
      .toFile(join(root, path));
  };
  for (const colour of ['blue', 'red'] as const) {
    for (const [split, count] of [['train', TRAINING] as const, ['val', VALIDATION] as const]) {
      await mkdir(join(root, split, colour), { recursive: true });
      for (let index = 1; index <= count; index++) await draw(`${split}/${colour}/${index}.png`, colour);
    }
  }
  await draw('val/red/not red.png', 'blue');
  return root;
}

export async function trainSample(start: Home): Promise<Train> {
  const train = await (await start.trySample()).startTraining();
  await train.expectFinished();
  return train;
}
