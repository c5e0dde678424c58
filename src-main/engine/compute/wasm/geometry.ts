import * as tf from '@tensorflow/tfjs-core';

/** What the four gradients of a convolution say about it. */
interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  /** Full convolutions name it; depthwise ones are always NHWC. */
  readonly dataFormat?: 'NHWC' | 'NCHW';
  /** Depthwise convolutions name them; full ones with a gradient are never dilated. */
  readonly dilations?: [number, number] | number;
}

type Shape4D = [number, number, number, number];

/** Sizes, strides and padding of the convolution that these gradients belong to. */
export type ConvolutionGeometry = tf.backend_util.Conv2DInfo;

/**
 * Works out the geometry of a convolution from what its gradient was given.
 *
 * @param kernelName   for the message.
 * @param filterShape  [height, width, in, out], or for a depthwise convolution [height, width, channels, 1].
 * @throws Error on what these kernels do not compute (NCHW, dilation, several filters per channel), rather than wrong numbers.
 */
export function geometryOf(
  kernelName: string,
  inputShape: Shape4D,
  filterShape: Shape4D,
  attributes: ConvolutionAttributes,
  isDepthwise: boolean,
): ConvolutionGeometry {
  const { strides, pad, dimRoundingMode, dataFormat = 'NHWC', dilations = 1 } = attributes;
  const refuse = (got: string, expected: string) => {
    throw new Error(
      `${kernelName} on the WebAssembly backend got ${got}, but computes ${expected} only. ` +
        'Train on the native backend, or extend engine/compute/wasm.',
    );
  };
  if (dataFormat !== 'NHWC') refuse(`data format ${dataFormat}`, 'NHWC');
  if ([dilations].flat().some((dilation) => dilation !== 1)) refuse(`dilation ${dilations}`, 'dilation 1');
  if (isDepthwise && filterShape[3] !== 1) refuse(`${filterShape[3]} filters per channel`, 'one filter per channel');
  return tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode, isDepthwise);
}

/** Zeros around a picture, in the form that tfjs convolutions take. */
export function zerosAround(top: number, bottom: number, left: number, right: number): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/**
 * The first `height` rows and `width` columns of pictures at least that large. Borrowed where nothing has to go.
 *
 * @param pictures  [batch, height, width, channels]
 */
export function crop(pictures: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [batch, rows, columns, channels] = pictures.shape;
  if (rows === height && columns === width) return pictures;
  return tf.slice(pictures, [0, 0, 0, 0], [batch, height, width, channels]);
}
