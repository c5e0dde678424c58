/** The pretrained backbones that set-up installed, as networks. The catalogue itself is `assets/catalogue.json`. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../../contract/errors.ts';
import type { Network } from '../network/network.ts';
import { InvalidNetworkError, finalShape } from '../network/shapes.ts';
import { appRoot } from '../../system/app-root.ts';
import { efficientNetLite } from './efficientnet-lite.ts';
import { BackboneFormatError } from './format-error.ts';
import { tfjsLayersTrunk } from './tfjs-layers.ts';
import { readTfjsModel } from './tfjs-model-file.ts';
import { readTorchFile } from './torch-file.ts';

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

const entry = z.object({
  id: z.string(),
  title: z.string(),
  kind: z.enum(['tfjs-layers', 'efficientnet-lite']),
  licence: z.string(),
  imageSize: z.int().positive(),
  mean: z.number(),
  scale: z.number(),
  featureCount: z.int().positive(),
  cut: z.string(),
  /** The installed backbone of the lowest rank is the default. */
  defaultRank: z.number(),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), bytes: z.int() })).min(1),
});
type Entry = z.infer<typeof entry>;

const HOW_TO_INSTALL =
  'Run "npm run setup". Without the network, put a folder that holds it at FOVEA_BACKBONES/<id> and run it again.';

/**
 * Id of the backbone to use where none is asked for: a MobileNet where one is installed, else EfficientNet-Lite0.
 *
 * @throws EngineError `backbone/missing` where none is installed.
 */
export async function defaultBackboneId(root = appRoot()): Promise<string> {
  const [first] = await installedBackboneIds(root);
  return first;
}

/**
 * Ids of the backbones that are installed, the default first.
 *
 * @throws EngineError `backbone/missing` where none is.
 */
export async function installedBackboneIds(root = appRoot()): Promise<readonly [string, ...string[]]> {
  const entries = (await readCatalogue(root)).toSorted((a, b) => a.defaultRank - b.defaultRank);
  const isThere = await Promise.all(entries.map((candidate) => isInstalled(root, candidate)));
  const [first, ...others] = entries.filter((_, index) => isThere[index]).map(({ id }) => id);
  if (first !== undefined) return [first, ...others];
  const ids = entries.map(({ id }) => id).join(', ');
  throw new EngineError('backbone/missing', `No pretrained backbone is installed (known: ${ids}). ${HOW_TO_INSTALL}`, {
    known: ids,
  });
}

/**
 * Reads an installed backbone; every byte of its files is checked against the catalogue.
 *
 * @throws EngineError `backbone/unknown`, `backbone/missing` or `backbone/corrupt`.
 */
export async function loadBackbone(id: string, root = appRoot()): Promise<Backbone> {
  const entries = await readCatalogue(root);
  const found = entries.find((candidate) => candidate.id === id);
  if (!found) {
    const ids = entries.map((known) => known.id).join(', ');
    throw new EngineError('backbone/unknown', `There is no backbone "${id}"; choose one of: ${ids}.`, {
      id,
      known: ids,
    });
  }
  const files = await readFiles(root, found);
  const { title, imageSize, featureCount, cut, licence } = found;
  try {
    const network = importNetwork(found, files);
    const [features] = finalShape(network);
    if (features !== featureCount) throw new BackboneFormatError(`It gives ${features} features, not ${featureCount}`);
    const contentHash = createHash('sha256')
      .update(found.files.map(({ sha256 }) => sha256).join())
      .digest('hex');
    return { id, title, network, imageSize, featureCount, cut, licence, contentHash };
  } catch (cause) {
    if (cause instanceof BackboneFormatError || cause instanceof InvalidNetworkError)
      throw corrupt(found, cause.message, cause);
    throw cause;
  }
}

function importNetwork(found: Entry, files: ReadonlyMap<string, Uint8Array>): Network {
  switch (found.kind) {
    case 'tfjs-layers':
      return tfjsLayersTrunk(readTfjsModel(files), found);
    case 'efficientnet-lite': {
      const [weights = new Uint8Array()] = files.values();
      return efficientNetLite(readTorchFile(weights), found);
    }
  }
}

async function readCatalogue(root: string): Promise<Entry[]> {
  const text = await readFile(join(root, 'assets', 'catalogue.json'), 'utf8');
  return z.object({ backbones: z.array(entry) }).parse(JSON.parse(text)).backbones;
}

/** Looks at sizes alone: quick enough to ask often. `loadBackbone` checks the contents. */
async function isInstalled(root: string, { id, files }: Entry): Promise<boolean> {
  const sizes = await Promise.all(
    files.map(({ path }) =>
      stat(join(root, 'assets', 'backbones', id, path)).then(
        ({ size }) => size,
        () => null, // absent
      ),
    ),
  );
  return files.every(({ bytes }, index) => sizes[index] === bytes);
}

async function readFiles(root: string, found: Entry): Promise<Map<string, Uint8Array>> {
  const folder = join(root, 'assets', 'backbones', found.id);
  const files = await Promise.all(
    found.files.map(async ({ path, sha256 }): Promise<[string, Uint8Array]> => {
      const content = await readFile(join(folder, path)).catch((cause: unknown) => {
        throw new EngineError(
          'backbone/missing',
          `${found.title} is not installed: ${join(folder, path)} cannot be read. ${HOW_TO_INSTALL}`,
          { id: found.id, path },
          { cause },
        );
      });
      if (createHash('sha256').update(content).digest('hex') !== sha256)
        throw corrupt(found, `${path} (${content.length} bytes) is not the published file`);
      return [path, content];
    }),
  );
  return new Map(files);
}

function corrupt({ id, title }: Entry, reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'backbone/corrupt',
    `The installed ${title} is damaged: ${reason}. Run "npm run setup" to install it again.`,
    { id, reason },
    { cause },
  );
}
