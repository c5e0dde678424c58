import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** Pictures made so far: no two are alike, in whatever folder. */
let made = 0;

/** A small JPEG of a colour that the number gives. */
async function picture(number: number): Promise<Buffer> {
  const background = { r: (number * 67) % 256, g: (number * 29 + 80) % 256, b: (number * 131 + 160) % 256 };
  return sharp({ create: { width: 96, height: 72, channels: 3, background } })
    .jpeg()
    .toBuffer();
}

/**
 * Makes a folder of pictures: a number is so many pictures in a sub-folder, a text is a file with that content. It
 * lies in the system's folder for temporary files.
 */
export async function makeFolder(name: string, plan: Readonly<Record<string, number | string>>): Promise<string> {
  const root = join(await mkdtemp(join(tmpdir(), 'fovea-e2e-')), name);
  for (const [path, content] of Object.entries(plan)) {
    const target = join(root, path);
    if (typeof content === 'string') {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
      continue;
    }
    await mkdir(target, { recursive: true });
    for (let index = 1; index <= content; index++) {
      await writeFile(join(target, `${index}.jpg`), await picture(made++));
    }
  }
  return root;
}
