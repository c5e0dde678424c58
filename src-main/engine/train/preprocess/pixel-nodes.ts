import type { NetworkNode, Parameter } from '../../network/network.ts';
import { at } from './moments.ts';
import type { PixelMap } from './pixels.ts';

/**
 * A map of pixels as nodes that do not learn, so that it travels in every export: a mean image is added with its sign
 * turned, all else is one convolution of a single tap.
 *
 * @param input  name of the node that gives pixels, [height, width, 3].
 */
export function pixelNodes({ mean, matrix }: PixelMap, input: string): NetworkNode[] {
  const kernel = { shape: [1, 1, 3, 3], values: asMatrix(matrix) };
  const convolution = (from: string, bias: Float32Array): NetworkNode => ({
    op: 'conv2d',
    name: 'preprocess',
    inputs: [from],
    stride: 1,
    kernel,
    bias: { shape: [3], values: bias },
  });
  if (mean.shape.length === 1) return [convolution(input, shiftOf(mean, kernel.values))];
  const offset = { shape: mean.shape, values: mean.values.map((value) => -value) };
  return [
    { op: 'offset', name: 'mean_image', inputs: [input], offset },
    convolution('mean_image', new Float32Array(3)),
  ];
}

/** [3, 3], by channel that comes in and that goes out. */
function asMatrix({ shape, values }: Parameter): Float32Array {
  if (shape.length === 2) return values;
  const matrix = new Float32Array(9);
  values.forEach((scale, channel) => (matrix[channel * 4] = scale));
  return matrix;
}

/** −mean · matrix */
function shiftOf({ values: mean }: Parameter, matrix: Float32Array): Float32Array {
  return Float32Array.from([0, 1, 2], (out) =>
    [0, 1, 2].reduce((sum, c) => sum - at(mean, c) * at(matrix, 3 * c + out), 0),
  );
}
