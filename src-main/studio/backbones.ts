import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../contract/errors.ts';
import type { BackboneChoice } from '../contract/procedures.ts';
import { appRoot } from '../system/app-root.ts';

/** What the page needs of `assets/catalogue.json`; the engine reads the rest. */
const catalogue = z.object({
  backbones: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      parameterCount: z.int(),
      imageSize: z.int(),
      /** The installed backbone of the lowest rank is the default. */
      defaultRank: z.number(),
      files: z.array(z.object({ path: z.string(), bytes: z.int() })),
    }),
  ),
});

/** The catalogue and what of it is there. Only sizes are looked at: the engine checks hashes when it loads one. */
export async function listBackbones(root = appRoot()): Promise<BackboneChoice[]> {
  const text = await readFile(join(root, 'assets', 'catalogue.json'), 'utf8');
  const { backbones } = catalogue.parse(JSON.parse(text));
  const found = await Promise.all(
    backbones.map(async (entry) => {
      const folder = join(root, 'assets', 'backbones', entry.id);
      const present = await Promise.all(entry.files.map(({ path, bytes }) => hasSize(join(folder, path), bytes)));
      return { ...entry, isInstalled: present.every(Boolean) };
    }),
  );
  const installed = found.filter(({ isInstalled }) => isInstalled);
  const ranked = (installed.length > 0 ? installed : found).toSorted((a, b) => a.defaultRank - b.defaultRank);
  return found.map(({ id, title, parameterCount, imageSize, isInstalled }) => ({
    id,
    title,
    isInstalled,
    isDefault: id === ranked[0]?.id,
    parameterCount,
    imageSize,
  }));
}

/** @throws EngineError  if the wanted backbone, or with none named every one, is missing */
export async function requireBackbone(id: string | undefined, root = appRoot()): Promise<void> {
  const choices = await listBackbones(root);
  const wanted = choices.filter((choice) => id === undefined || choice.id === id);
  const known = choices.map((choice) => choice.id).join(', ');
  if (wanted.length === 0) {
    throw new EngineError('backbone/unknown', `There is no backbone "${id}". Choose one of: ${known}.`, {
      backbone: id ?? '',
    });
  }
  if (wanted.some(({ isInstalled }) => isInstalled)) return;
  const which = id === undefined ? `none of the backbones (${known}) is` : `the backbone "${id}" is not`;
  const message = `Training starts from a pretrained backbone, and ${which} installed. Run: npm run setup`;
  throw new EngineError('backbone/missing', message, { backbone: id ?? null });
}

async function hasSize(file: string, bytes: number): Promise<boolean> {
  return stat(file).then(
    ({ size }) => size === bytes,
    () => false,
  );
}
