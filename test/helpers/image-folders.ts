import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { onTestFinished } from 'vitest';

export type Rgb = readonly [red: number, green: number, blue: number];

/** The corners of `quarters`, clockwise from top left. */
export const CORNERS = {
  topLeft: [220, 30, 30],
  topRight: [30, 180, 40],
  bottomRight: [240, 220, 60],
  bottomLeft: [30, 60, 210],
} as const satisfies Record<string, Rgb>;

/** A picture in four flat quarters, so that turning, mirroring and cropping it show. */
export function quarters(
  width: number,
  height: number,
  [topLeft, topRight, bottomRight, bottomLeft]: readonly [Rgb, Rgb, Rgb, Rgb] = [
    CORNERS.topLeft,
    CORNERS.topRight,
    CORNERS.bottomRight,
    CORNERS.bottomLeft,
  ],
): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [left, right] = y < height / 2 ? [topLeft, topRight] : [bottomLeft, bottomRight];
      pixels.set(x < width / 2 ? left : right, (y * width + x) * 3);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** A small JPEG that no other number gives. */
export async function numberedPicture(number: number, width = 48, height = 36): Promise<Buffer> {
  const background = { r: (number * 67) % 256, g: (number * 29 + 80) % 256, b: (number * 131 + 160) % 256 };
  const mark = { left: number % (width - 8), top: Math.floor(number / (width - 8)) % (height - 8) };
  const white = { create: { width: 8, height: 8, channels: 3 as const, background: '#ffffff' } };
  return sharp({ create: { width, height, channels: 3, background } })
    .composite([{ input: white, ...mark }])
    .jpeg()
    .toBuffer();
}

/** What to put where: so many different pictures into a folder, or a file's content; null makes an empty folder. */
export type FolderPlan = Readonly<Record<string, number | Buffer | string | null>>;

/**
 * Makes a folder of pictures that is removed after the test. A key is a path in it: `{ 'train/cat': 3, 'cat/x.jpg':
 * buffer, empty: null }`. No two generated pictures are alike.
 *
 * @returns the folder's path.
 */
export async function makeImageFolder(plan: FolderPlan, name = 'pictures'): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'fovea-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const root = join(parent, name);
  await mkdir(root);
  let number = 0;
  for (const [path, content] of Object.entries(plan)) {
    const target = join(root, path);
    await mkdir(typeof content === 'number' || content === null ? target : dirname(target), { recursive: true });
    if (typeof content === 'number') {
      for (let index = 1; index <= content; index++) {
        await writeFile(join(target, `${index}.jpg`), await numberedPicture(number++));
      }
    } else if (content !== null) {
      await writeFile(target, content);
    }
  }
  return root;
}

/** The colour at a fraction of the width and height of a square of RGB pixels. */
export function colourAt(pixels: Uint8Array, sizePx: number, x: number, y: number): Rgb {
  const at = (Math.floor(y * sizePx) * sizePx + Math.floor(x * sizePx)) * 3;
  return [pixels[at] ?? -1, pixels[at + 1] ?? -1, pixels[at + 2] ?? -1];
}

/** Largest difference of a channel. */
export function colourDistance(a: Rgb, b: Rgb): number {
  return Math.max(...a.map((value, channel) => Math.abs(value - (b[channel] ?? Infinity))));
}
