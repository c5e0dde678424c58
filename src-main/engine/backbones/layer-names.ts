import type { NetworkNode } from '../network/network.ts';

/**
 * Gives layers the names of Keras' MobileNets (`conv_dw_12`, `block_16_expand`), whatever the file calls them, so that a cut
 * has one name for all widths and converters. Layers of another network are numbered: `conv_1`, `depthwise_2`. Input and
 * embedding keep their names.
 *
 * @param nodes  in topological order.
 */
export function nameLayers(nodes: readonly NetworkNode[]): NetworkNode[] {
  const convolutions = nodes.filter(({ op }) => op === 'conv2d' || op === 'depthwiseConv2d');
  const kinds = convolutions.map(({ op }) => (op === 'conv2d' ? 'c' : 'd')).join('');
  const names = new Map<string, string>();
  const layerNames = mobileNetV1(kinds) ?? mobileNetV2(kinds) ?? numbered(kinds);
  convolutions.forEach(({ name }, index) => names.set(name, layerNames[index] ?? name));
  // What follows a layer bears its name: both inputs of a sum are named by then.
  const place = new Map(nodes.map(({ name }, index) => [name, index]));
  for (const { op, name, inputs } of nodes) {
    const last = inputs.toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)).at(-1) ?? '';
    const source = names.get(last) ?? last;
    if (op === 'activation') names.set(name, `${source}_relu`);
    if (op === 'add') names.set(name, `${source.replace(/_project$/, '')}_add`);
  }
  const rename = (name: string): string => names.get(name) ?? name;
  return nodes.map((node) => ({ ...node, name: rename(node.name), inputs: node.inputs.map(rename) }));
}

/** A convolution, then pairs of a depthwise and a pointwise one. */
function mobileNetV1(kinds: string): string[] | null {
  if (!/^c(dc)+$/.test(kinds)) return null;
  const blocks = Array.from({ length: (kinds.length - 1) / 2 }, (_, index) => index + 1);
  return ['conv1', ...blocks.flatMap((block) => [`conv_dw_${block}`, `conv_pw_${block}`])];
}

/** A convolution, a block without expansion, blocks of expansion, depthwise and projection, and one last convolution. */
function mobileNetV2(kinds: string): string[] | null {
  if (!/^cdc(cdc)+c$/.test(kinds)) return null;
  const blocks = Array.from({ length: (kinds.length - 4) / 3 }, (_, index) => `block_${index + 1}`);
  const parts = ['expand', 'depthwise', 'project'];
  return [
    'Conv1',
    'expanded_conv_depthwise',
    'expanded_conv_project',
    ...blocks.flatMap((block) => parts.map((part) => `${block}_${part}`)),
    'Conv_1',
  ];
}

function numbered(kinds: string): string[] {
  return [...kinds].map((kind, index) => `${kind === 'c' ? 'conv' : 'depthwise'}_${index + 1}`);
}
