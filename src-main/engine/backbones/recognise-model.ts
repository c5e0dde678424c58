import { z } from 'zod';
import type { PinnedEntry } from './entry.ts';
import { BackboneFormatError } from './format-error.ts';
import { readKerasModel } from './keras-file.ts';
import { readGraphModel } from './tfjs-graph-file.ts';
import { readTfjsModel, type LayersModel } from './tfjs-model-file.ts';
import { modelJson } from './tfjs-weights.ts';

type Kind = PinnedEntry['kind'];

/**
 * The format of a model's files.
 *
 * @throws BackboneFormatError if they are of none that can be read.
 */
export function recogniseModel(files: ReadonlyMap<string, Uint8Array>): Kind {
  const names = [...files.keys()];
  if (names.length === 1 && names.every((name) => /\.(h5|hdf5|keras)$/i.test(name))) return 'keras';
  const { modelTopology } = z.looseObject({ modelTopology: z.looseObject({}) }).safeParse(modelJson(files, 'model.json')).data ?? {}; // prettier-ignore
  if (modelTopology === undefined)
    throw new BackboneFormatError('model.json has no modelTopology, so it is no TF.js model');
  return 'node' in modelTopology ? 'tfjs-graph' : 'tfjs-layers';
}

/** Side of the pictures that a model says it takes, pixels; null where it takes any. */
export async function pictureSize(kind: Kind, files: ReadonlyMap<string, Uint8Array>): Promise<number | null> {
  if (kind === 'tfjs-graph') {
    const input = [...readGraphModel(files).nodes.values()].find(({ op }) => op === 'Placeholder');
    return sideOf(input?.attributes.shape('shape'));
  }
  const [first = new Uint8Array()] = files.values();
  return layersSize(kind === 'keras' ? await readKerasModel(first) : readTfjsModel(files));
}

const shapeConfig = z.object({
  batch_input_shape: z.array(z.int().nullable()).optional(),
  batch_shape: z.array(z.int().nullable()).optional(),
});

function layersSize({ layers }: LayersModel): number | null {
  for (const { config } of layers) {
    const { batch_input_shape: older, batch_shape: newer } = shapeConfig.safeParse(config).data ?? {};
    if (older ?? newer) return sideOf(older ?? newer);
  }
  return null;
}

/** Of [batch, height, width, channels], where open sizes are −1 or null. */
function sideOf(shape: readonly (number | null)[] | undefined): number | null {
  const [, height, width] = shape ?? [];
  return height !== undefined && height !== null && height > 0 && height === width ? height : null;
}
