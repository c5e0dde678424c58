import { describe, expect, test } from 'vitest';
import { efficientNetLite } from '../../../../src-main/engine/backbones/efficientnet-lite.ts';
import type { Parameter } from '../../../../src-main/engine/network/network.ts';
import { inferShapes } from '../../../../src-main/engine/network/shapes.ts';

/** Weights of the right names and shapes, with few channels; the numbers are held against PyTorch in features/embeddings.test.ts. */
function madeUpWeights(repeats: readonly number[]): Map<string, Parameter> {
  const kernels = [3, 3, 5, 3, 5, 5, 3];
  const tensors = new Map<string, Parameter>();
  const conv = (name: string, norm: string, shape: readonly number[]) => {
    const fill = (size: readonly number[]) => ({
      shape: size,
      values: new Float32Array(size.reduce((product, each) => product * each, 1)).fill(0.1),
    });
    tensors.set(`${name}.weight`, fill(shape));
    for (const role of ['weight', 'bias', 'running_mean', 'running_var'])
      tensors.set(`${norm}.${role}`, fill(shape.slice(0, 1)));
  };
  conv('_conv_stem', '_bn0', [4, 3, 3, 3]);
  let block = 0;
  let ins = 4;
  repeats.forEach((repeat, stage) => {
    for (let index = 0; index < repeat; index++, block++) {
      const [name, inner, outs, kernel] = [`_blocks.${block}`, stage ? ins * 2 : ins, 5 + stage, kernels[stage] ?? 3];
      if (stage) conv(`${name}._expand_conv`, `${name}._bn0`, [inner, ins, 1, 1]);
      conv(`${name}._depthwise_conv`, `${name}._bn1`, [inner, 1, kernel, kernel]);
      conv(`${name}._project_conv`, `${name}._bn2`, [outs, inner, 1, 1]);
      ins = outs;
    }
  });
  conv('_conv_head', '_bn1', [20, ins, 1, 1]);
  return tensors;
}

const LITE0 = [1, 2, 2, 3, 3, 4, 1];
const scaling = { imageSize: 224, mean: 127, scale: 1 / 128 };

describe('efficientNetLite', () => {
  test('lays out the 16 blocks of Lite0: strides, kernels and residuals', () => {
    const { nodes } = efficientNetLite(madeUpWeights(LITE0), scaling);
    const depthwise = nodes.filter((node) => node.op === 'depthwiseConv2d');
    expect(depthwise.map(({ stride }) => stride)).toEqual([1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]);
    expect(depthwise.map(({ kernel }) => kernel.shape[0])).toEqual([3, 3, 3, 5, 5, 3, 3, 3, 5, 5, 5, 5, 5, 5, 5, 3]);
    expect(nodes.flatMap(({ op, name }) => (op === 'add' ? [name] : []))).toEqual(
      [2, 4, 6, 7, 9, 10, 12, 13, 14].map((block) => `block_${block}_add`),
    );
    expect(nodes.filter(({ op }) => op === 'activation')).toHaveLength(2 + 16 + 15);
    const shapes = inferShapes({ nodes });
    expect([shapes.get('stem'), shapes.get('conv_head'), shapes.get('embedding')]).toEqual([
      [112, 112, 4],
      [7, 7, 20],
      [20],
    ]);
  });

  test('reads a deeper one, such as Lite2, from its weights', () => {
    const { nodes } = efficientNetLite(madeUpWeights([1, 3, 3, 4, 4, 5, 1]), { ...scaling, imageSize: 260 });
    const strides = nodes.flatMap((node) => (node.op === 'depthwiseConv2d' ? [node.stride] : []));
    expect(strides).toEqual([1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1]);
    expect(inferShapes({ nodes }).get('conv_head')).toEqual([9, 9, 20]);
  });

  test('names the weights that are missing', () => {
    const lacking = madeUpWeights(LITE0);
    lacking.delete('_blocks.3._bn1.running_var');
    expect(() => efficientNetLite(lacking, scaling)).toThrow(/no "_blocks\.3\._bn1\.running_var"/);
    expect(() => efficientNetLite(new Map(), scaling)).toThrow(/no "_conv_stem\.weight"/);
  });

  test('refuses weights with too few stages', () => {
    expect(() => efficientNetLite(madeUpWeights([1, 2, 2]), scaling)).toThrow(/hold 3 stages; EfficientNet-Lite has 7/);
  });
});
