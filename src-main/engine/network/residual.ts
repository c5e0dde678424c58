/** The small residual network that learns from nothing but the user's pictures. @see He et al. 2015, arXiv:1512.03385. */
import type { HeadSettings, ScratchSettings } from '../../contract/training.ts';
import { createRandom, type Random } from '../random.ts';
import { headNodes } from './head.ts';
import { activationNode, hiddenLayer, sumNodes, type LayerStyle } from './hidden-layer.ts';
import type { Network, NetworkNode } from './network.ts';
import { inferShapes } from './shapes.ts';

export interface ScratchOptions {
  readonly settings: ScratchSettings;
  readonly head: HeadSettings;
  readonly classCount: number;
  readonly seed: number;
  /** What turns pixels 0–255 into what the network learns from, and never learns itself; the last node's name is read. */
  readonly preprocessing: (input: string) => readonly NetworkNode[];
}

const STEM = 'stem';

const STAGE_COUNT = 3;

/** Of fractional pooling: three of them shrink a side 3.4 times, where three halvings do it 8 times. */
const FRACTION = 1.5;

/** u of the regions that are used when training is over. */
const PHASE = 0.5;

/** Keeps these draws apart from the head's. */
const STREAM = 10;

/**
 * Stem, then three stages of basic blocks, each stage at half the side and twice the channels, then the mean of each channel and a head.
 * A branch's last sums meet the shortcut before their activation. 0.7 million parameters at the default settings.
 *
 * Stochastic depth skips the l-th of L blocks with l/L of the setting's share (Huang et al. 2016, eq. 4).
 *
 * @returns from pixels to probabilities, untrained. Equal seeds give equal weights.
 */
export function residualNetwork({ settings, head, classCount, seed, preprocessing }: ScratchOptions): Network {
  const { imageSize, width, blocks } = settings;
  const random = createRandom(seed, STREAM);
  const nodes: NetworkNode[] = [
    { op: 'input', name: 'pixels', inputs: [], shape: [imageSize, imageSize, 3], mean: 0, scale: 1 },
  ];
  nodes.push(...preprocessing('pixels'));
  const build: Build = { nodes, settings, random };
  addStem(build, width);
  let channels = width;
  for (let stage = 0; stage < STAGE_COUNT; stage++) {
    const outChannels = width * 2 ** stage;
    for (let block = 0; block < blocks; block++) {
      const depth = stage * blocks + block + 1;
      const survival = 1 - (depth / (STAGE_COUNT * blocks)) * settings.stochasticDepth;
      const shrinks = stage > 0 && block === 0;
      addBlock(build, { name: `stage_${stage + 1}_block_${block + 1}`, channels, outChannels, shrinks, survival });
      channels = outChannels;
    }
  }
  nodes.push({ op: 'globalAveragePool', name: 'embedding', inputs: [lastName(nodes)] });
  nodes.push(...headNodes(head, { embedding: 'embedding', featureCount: channels, classCount }, seed));
  const network = { nodes };
  inferShapes(network);
  return network;
}

interface Build {
  readonly nodes: NetworkNode[];
  readonly settings: ScratchSettings;
  readonly random: Random;
}

interface Block {
  readonly name: string;
  readonly channels: number;
  readonly outChannels: number;
  readonly shrinks: boolean;
  readonly survival: number;
}

function addBlock(build: Build, { name, channels, outChannels, shrinks, survival }: Block): void {
  const { nodes, settings, random } = build;
  const isStrided = shrinks && settings.pooling === 'stride';
  if (shrinks && !isStrided) addPool(build, name);
  const input = lastName(nodes);
  const stride = isStrided ? 2 : 1;
  addConvolution(build, { name: `${name}_conv_1`, input, channels, outChannels, stride });
  const inner = { name: `${name}_conv_2`, input: lastName(nodes), inChannels: outChannels, outChannels };
  nodes.push(...sumNodes({ ...inner, convolution: { size: 3, stride: 1 } }, settings, random));
  let branch = lastName(nodes);
  if (survival < 1) {
    nodes.push({ op: 'stochasticDepth', name: `${name}_depth`, inputs: [branch], survival });
    branch = lastName(nodes);
  }
  let shortcut = input;
  if (channels !== outChannels || isStrided) {
    const projection = { name: `${name}_shortcut`, input, inChannels: channels, outChannels };
    nodes.push(...sumNodes({ ...projection, convolution: { size: 1, stride } }, settings, random));
    shortcut = lastName(nodes);
  }
  nodes.push({ op: 'add', name, inputs: [shortcut, branch] });
  nodes.push(activationNode(settings.activation, { name, input: name, channels: outChannels }));
}

/** The first layer, then a halving. */
function addStem(build: Build, outChannels: number): void {
  const { nodes, settings } = build;
  const isStrided = settings.pooling === 'stride';
  const input = lastName(nodes);
  addConvolution(build, { name: STEM, input, channels: 3, outChannels, stride: isStrided ? 2 : 1 });
  if (!isStrided) addPool(build, STEM);
}

interface Convolution {
  readonly name: string;
  readonly input: string;
  readonly channels: number;
  readonly outChannels: number;
  readonly stride: number;
}

function addConvolution(build: Build, { name, input, channels, outChannels, stride }: Convolution): void {
  const style: LayerStyle = build.settings;
  const sums = { name, input, inChannels: channels, outChannels, convolution: { size: 3, stride } };
  build.nodes.push(...hiddenLayer(sums, style, build.random));
}

function addPool({ nodes, settings }: Build, before: string): void {
  const inputs = [lastName(nodes)];
  const name = `${before}_pool`;
  if (settings.pooling === 'fractional')
    nodes.push({ op: 'fractionalMaxPool', name, inputs, ratio: FRACTION, phase: PHASE });
  else nodes.push({ op: 'maxPool', name, inputs, size: 2 });
}

function lastName(nodes: readonly NetworkNode[]): string {
  return nodes.at(-1)?.name ?? '';
}
