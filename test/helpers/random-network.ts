import type { Network, NetworkNode, Parameter } from '../../src-main/engine/network/network.ts';
import { inferShapes } from '../../src-main/engine/network/shapes.ts';
import { createRandom, gaussian, type Random } from '../../src-main/engine/random.ts';

/** One layer of a random network; `residual` is an inverted bottleneck whose input is added again. */
export interface RandomLayer {
  readonly kind: 'conv' | 'depthwise' | 'residual';
  readonly kernel: readonly [rows: number, columns: number];
  readonly stride: number;
  readonly channels: number;
  readonly activation: 'relu' | 'relu6' | null;
}

export interface RandomNetworkOptions {
  readonly size: readonly [height: number, width: number];
  readonly layers: readonly RandomLayer[];
  readonly classes: number;
  readonly seed: number;
}

/** A network with every kind of node, from pixels to `probabilities`. */
export function randomNetwork({ size, layers, classes, seed }: RandomNetworkOptions): Network {
  const random = createRandom(seed);
  const nodes: NetworkNode[] = [
    { op: 'input', name: 'pixels', inputs: [], shape: [...size, 3], mean: 120, scale: 1 / 60 },
  ];
  let last = 'pixels';
  let channels = 3;
  const add = (node: NetworkNode): string => {
    nodes.push(node);
    return node.name;
  };
  const activate = (input: string, activation: 'relu' | 'relu6' | null): string =>
    activation ? add({ op: 'activation', name: `${input}_${activation}`, inputs: [input], activation }) : input;
  const conv = (name: string, input: string, [rows, columns]: readonly number[], stride: number, outs: number) =>
    add({
      op: 'conv2d',
      name,
      inputs: [input],
      stride,
      kernel: randomParameter(random, [rows ?? 1, columns ?? 1, channels, outs]),
      bias: randomParameter(random, [outs]),
    });
  const depthwise = (name: string, input: string, [rows, columns]: readonly number[], stride: number, of: number) =>
    add({
      op: 'depthwiseConv2d',
      name,
      inputs: [input],
      stride,
      kernel: randomParameter(random, [rows ?? 1, columns ?? 1, of, 1]),
      bias: randomParameter(random, [of]),
    });

  layers.forEach(({ kind, kernel, stride, channels: outs, activation }, index) => {
    const name = `layer_${index}`;
    if (kind === 'depthwise') {
      last = activate(depthwise(name, last, kernel, stride, channels), activation);
    } else if (kind === 'conv') {
      last = activate(conv(name, last, kernel, stride, outs), activation);
      channels = outs;
    } else {
      const inner = activate(depthwise(`${name}_depthwise`, last, kernel, 1, channels), activation);
      const projected = conv(`${name}_project`, inner, [1, 1], 1, channels);
      last = activate(add({ op: 'add', name, inputs: [last, projected] }), activation);
    }
  });
  add({ op: 'globalAveragePool', name: 'embedding', inputs: [last] });
  const kernel = randomParameter(random, [channels, classes]);
  add({ op: 'dense', name: 'logits', inputs: ['embedding'], kernel, bias: randomParameter(random, [classes]) });
  add({ op: 'softmax', name: 'probabilities', inputs: ['logits'] });
  inferShapes({ nodes });
  return { nodes };
}

/** Pixels 0–255. */
export function randomPixels(seed: number, count: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: count }, () => Math.floor(random() * 256));
}

/** Largest difference, in units of the largest reference value. */
export function relativeError(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (values.length !== reference.length) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let index = 0; index < reference.length; index++) {
    // NaN would vanish in a comparison.
    difference = Math.max(difference, Math.abs((values[index] ?? NaN) - (reference[index] ?? NaN)));
    largest = Math.max(largest, Math.abs(reference[index] ?? NaN));
  }
  return Number.isNaN(difference) || largest === 0 ? Infinity : difference / largest;
}

/** Scaled by its fan-in, so that values neither vanish nor explode. */
function randomParameter(random: Random, shape: readonly number[]): Parameter {
  const count = shape.reduce((product, size) => product * size, 1);
  const fanIn = shape.length === 1 ? 4 : count / (shape.at(-1) === 1 ? (shape.at(-2) ?? 1) : (shape.at(-1) ?? 1));
  const values = Float32Array.from({ length: count }, () => gaussian(random) * Math.sqrt(2 / fanIn));
  return { shape, values };
}
