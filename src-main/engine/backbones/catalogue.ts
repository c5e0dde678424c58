/** The pretrained backbones that are installed, as networks. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import type { Network } from '../network/network.ts';
import { InvalidNetworkError, finalShape } from '../network/shapes.ts';
import { defaultPlaces, findInstalled, readCatalogue, type Installed, type PinnedEntry } from './entry.ts';
import { BackboneFormatError } from './format-error.ts';
import { importNetwork } from './import-network.ts';

export interface Backbone {
  readonly id: string;
  readonly title: string;
  /** From pixels to the node `embedding`, batch norm folded. */
  readonly network: Network;
  /** Side of the square that it sees, pixels. */
  readonly imageSize: number;
  /** Length of the embedding. */
  readonly featureCount: number;
  /** First node that learns in upper-layer fine-tuning, unless another is asked for. */
  readonly cut: string;
  /** SPDX. */
  readonly licence: string;
  /** Changes when any byte of its weights does: SHA-256 over those of its files. */
  readonly contentHash: string;
}

/**
 * Id of the backbone to use where none is asked for: a MobileNet where one is installed, else EfficientNet-Lite0.
 *
 * @throws EngineError `backbone/missing` where none is installed.
 */
export async function defaultBackboneId(places = defaultPlaces()): Promise<string> {
  const [first] = await installedBackboneIds(places);
  return first;
}

/**
 * Ids of the backbones that are installed, the default first.
 *
 * @throws EngineError `backbone/missing` where none is.
 */
export async function installedBackboneIds(places = defaultPlaces()): Promise<readonly [string, ...string[]]> {
  const [first, ...others] = (await findInstalled(places)).map(({ entry }) => entry.id);
  if (first !== undefined) return [first, ...others];
  const known = (await readCatalogue(places)).map(({ id }) => id).join(', ');
  const message = `No pretrained backbone is installed (known: ${known}). ${howToInstall('<id>')}`;
  throw new EngineError('backbone/missing', message, { known });
}

/**
 * Reads an installed backbone; every byte of its files is checked against what is pinned or was recorded.
 *
 * @throws EngineError `backbone/unknown`, `backbone/missing` or `backbone/corrupt`.
 */
export async function loadBackbone(id: string, places = defaultPlaces()): Promise<Backbone> {
  const found = (await findInstalled(places)).find(({ entry }) => entry.id === id);
  if (!found) throw await notInstalled(id, places);
  const files = await readFiles(found);
  const { title, kind, imageSize, featureCount, cut, licence, files: pinned } = found.entry;
  try {
    const network = await importNetwork(kind, files, found.entry);
    const [features] = finalShape(network);
    if (features !== featureCount) throw new BackboneFormatError(`It gives ${features} features, not ${featureCount}`);
    const contentHash = createHash('sha256')
      .update(pinned.map(({ sha256 }) => sha256).join())
      .digest('hex');
    return { id, title, network, imageSize, featureCount, cut, licence, contentHash };
  } catch (cause) {
    if (cause instanceof BackboneFormatError || cause instanceof InvalidNetworkError)
      throw corrupt(found.entry, cause.message, cause);
    throw cause;
  }
}

async function notInstalled(id: string, places: ReturnType<typeof defaultPlaces>): Promise<EngineError> {
  const entries = await readCatalogue(places);
  const known = entries.find((candidate) => candidate.id === id);
  if (known) {
    const message = `${known.title} is not installed, or not whole. ${howToInstall(id)}`;
    return new EngineError('backbone/missing', message, { id });
  }
  const ids = [...new Set([...entries, ...(await findInstalled(places)).map(({ entry }) => entry)].map((one) => one.id))].join(', '); // prettier-ignore
  return new EngineError('backbone/unknown', `There is no backbone "${id}"; choose one of: ${ids}.`, {
    id,
    known: ids,
  });
}

async function readFiles({ entry, folder }: Installed): Promise<Map<string, Uint8Array>> {
  const files = await Promise.all(
    entry.files.map(async ({ path, sha256 }): Promise<[string, Uint8Array]> => {
      const content = await readFile(join(folder, path)).catch((cause: unknown) => {
        const message = `${entry.title} is not installed: ${join(folder, path)} cannot be read. ${howToInstall(entry.id)}`;
        throw new EngineError('backbone/missing', message, { id: entry.id, path }, { cause });
      });
      if (createHash('sha256').update(content).digest('hex') !== sha256)
        throw corrupt(entry, `${path} (${content.length} bytes) is not the published file`);
      return [path, content];
    }),
  );
  return new Map(files);
}

function howToInstall(id: string): string {
  return `Run "npm run setup" or "fovea backbones add ${id}". Without the network, put a folder that holds it at FOVEA_BACKBONES/<id> and run "npm run setup".`;
}

function corrupt({ id, title }: PinnedEntry, reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'backbone/corrupt',
    `The installed ${title} is damaged: ${reason}. Run "npm run setup" or "fovea backbones add ${id}" to install it again.`,
    { id, reason },
    { cause },
  );
}
