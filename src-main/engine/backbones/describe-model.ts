import type { BackboneOrder } from '../../contract/backbones.ts';
import { possibleCuts } from '../network/cut.ts';
import type { Network } from '../network/network.ts';
import { parametersOf } from '../network/parameters.ts';
import { finalShape } from '../network/shapes.ts';
import type { PinnedEntry } from './entry.ts';
import { BackboneFormatError } from './format-error.ts';
import { importNetwork } from './import-network.ts';
import { pictureSize, recogniseModel } from './recognise-model.ts';

type Wishes = Pick<BackboneOrder, 'inputRange' | 'imageSize'>;
type InputRange = NonNullable<Wishes['inputRange']>;
type Facts = Pick<PinnedEntry, 'kind' | 'parameterCount' | 'imageSize' | 'mean' | 'scale' | 'featureCount' | 'cut'>;

/** MobileNets of Keras and of TF.js' layers want −1 to 1. */
const USUAL_RANGE: InputRange = [-1, 1];
/** Modules of a hub want 0 to 1, and do to it themselves what their network needs. */
const HUB_RANGE: InputRange = [0, 1];
const USUAL_SIZE = 224;

/**
 * Reads a model that no catalogue describes and finds out what one would say of it.
 *
 * @param files  by name.
 * @throws BackboneFormatError or InvalidNetworkError if it cannot be read, with the reason.
 */
export async function describeModel(files: ReadonlyMap<string, Uint8Array>, wishes: Wishes = {}): Promise<Facts> {
  const kind = recogniseModel(files);
  const imageSize = wishes.imageSize ?? (await pictureSize(kind, files)) ?? USUAL_SIZE;
  const read = async (range: InputRange) => {
    const scaling = { imageSize, ...scalingOf(range) };
    return { ...scaling, network: await importNetwork(kind, files, scaling) };
  };
  let model = await read(wishes.inputRange ?? (kind === 'tfjs-graph' ? HUB_RANGE : USUAL_RANGE));
  // A graph that leaves its values as they are was made for those that its network needs: −1 to 1, as mobilenet.load assumes too.
  const [input] = model.network.nodes;
  const isLeftAlone = input?.op === 'input' && input.mean === model.mean && input.scale === model.scale;
  if (kind === 'tfjs-graph' && wishes.inputRange === undefined && isLeftAlone) model = await read(USUAL_RANGE);
  const { network, mean, scale } = model;
  const [featureCount = 0] = finalShape(network);
  return {
    kind,
    parameterCount: weightsOf(network.nodes),
    imageSize,
    mean,
    scale,
    featureCount,
    cut: defaultCut(network),
  };
}

/** (pixel − mean) · scale brings 0–255 to the range. */
function scalingOf([least, greatest]: InputRange): { readonly mean: number; readonly scale: number } {
  const scale = (greatest - least) / 255;
  return { mean: least === 0 ? 0 : -least / scale, scale };
}

/** Of the weights this share learns at least: of the catalogue's backbones it is between 0.29 and 0.49. */
const LEARNING_SHARE = 1 / 3;

/** The last node at which a third of the weights or more lies behind. @throws BackboneFormatError where none learns. */
export function defaultCut(network: Network): string {
  const all = weightsOf(network.nodes);
  const cuts = possibleCuts(network);
  const behind = (cut: string) => weightsOf(network.nodes.slice(network.nodes.findIndex(({ name }) => name === cut)));
  const found = cuts.findLast((cut) => behind(cut) >= all * LEARNING_SHARE) ?? cuts[0];
  if (found === undefined) throw new BackboneFormatError('It has no layer with weights, so there is nothing to learn');
  return found;
}

function weightsOf(nodes: Network['nodes']): number {
  return nodes.flatMap(parametersOf).reduce((sum, [, { values }]) => sum + values.length, 0);
}
