import type { Network } from '../../network/network.ts';

/** What Keras, TensorFlow and TF.js all accept as a name. */
const VALID_NAME = /^[A-Za-z0-9][-A-Za-z0-9._]*$/;

export interface LayerNames {
  /** The input layer, which no node is. */
  readonly pixels: string;
  /** Names hold no slash: what is made of one may be named `<it>/…`. */
  readonly of: (node: string) => string;
  /** Makes a name like the wish, for one more layer: nothing bears it yet. */
  readonly free: (wish: string) => string;
}

/** A layer's name for every node: the node's own where Keras, TensorFlow and TF.js accept it, and no two alike. */
export function layerNames(network: Network): LayerNames {
  const own = network.nodes.map(({ name }) => name).filter((name) => VALID_NAME.test(name));
  const taken = new Set(own);
  const free = (wish: string): string => {
    let name = wish;
    for (let suffix = 2; taken.has(name); suffix++) name = `${wish}_${suffix}`;
    taken.add(name);
    return name;
  };
  const names = new Map(own.map((name) => [name, name]));
  for (const { name } of network.nodes)
    if (!names.has(name)) names.set(name, free(`layer_${name.replaceAll(/[^-A-Za-z0-9._]/g, '_')}`));
  return { pixels: free('image'), of: (node) => names.get(node) ?? '', free };
}
