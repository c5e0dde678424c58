import type { Network } from '../network/network.ts';
import { efficientNetLite } from './efficientnet-lite.ts';
import type { PinnedEntry } from './entry.ts';
import { readKerasModel } from './keras-file.ts';
import type { PixelScaling } from './pixel-scaling.ts';
import { tfjsGraphTrunk } from './tfjs-graph.ts';
import { readGraphModel } from './tfjs-graph-file.ts';
import { tfjsLayersTrunk } from './tfjs-layers.ts';
import { readTfjsModel } from './tfjs-model-file.ts';
import { readTorchFile } from './torch-file.ts';

/**
 * Pixels to `embedding`, from a backbone's files in whatever format they are.
 *
 * @param files  by name.
 * @throws BackboneFormatError or InvalidNetworkError if they cannot be read, with the reason.
 */
export async function importNetwork(
  kind: PinnedEntry['kind'],
  files: ReadonlyMap<string, Uint8Array>,
  scaling: PixelScaling,
): Promise<Network> {
  switch (kind) {
    case 'tfjs-layers':
      return tfjsLayersTrunk(readTfjsModel(files), scaling);
    case 'tfjs-graph':
      return tfjsGraphTrunk(readGraphModel(files), scaling);
    case 'efficientnet-lite': {
      const [weights = new Uint8Array()] = files.values();
      return efficientNetLite(readTorchFile(weights), scaling);
    }
    case 'keras': {
      const [model = new Uint8Array()] = files.values();
      return tfjsLayersTrunk(await readKerasModel(model), scaling);
    }
  }
}
