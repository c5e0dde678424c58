/**
 * Gradients of convolutions by their filters, as convolutions.
 *
 *     dW[i, j, c, o] = Σ b,y,x  X[b, s·y + i − top, s·x + j − left, c] · dY[b, y, x, o]
 *
 * reads as: convolve X with dY as the filter, where the pictures of the batch take the place of channels and the stride
 * takes the place of dilation. So the fast forward kernels (XNNPACK) do the work. Tried before: one matMul for each
 * tap of the filter took 1.3–4 times as long; for depthwise filters, slices of X times dY took 2–6 times, and a loop in
 * JavaScript 0.8–3 times.
 */
import * as tf from '@tensorflow/tfjs-core';
import { crop, geometryOf, zerosAround, type ConvolutionGeometry } from './geometry.ts';

interface Inputs {
  /** What the convolution read, [batch, height, width, in]. Borrowed. */
  readonly x: tf.Tensor4D;
  /** Gradient by what it wrote, [batch, outHeight, outWidth, out]. Borrowed. */
  readonly dy: tf.Tensor4D;
}

/** @returns [height, width, in, out], owned by the caller. */
export function conv2dFilterGradient({ x, dy }: Inputs, attributes: tf.Conv2DBackpropFilterAttrs): tf.Tensor4D {
  const geometry = geometryOf('Conv2DBackpropFilter', x.shape, attributes.filterShape, attributes, false);
  const { filterHeight, filterWidth, strideHeight, strideWidth } = geometry;
  const pictures = tf.transpose(x, [3, 1, 2, 0]); // [in, height, width, batch]
  const filter = tf.transpose(dy, [1, 2, 0, 3]); // [outHeight, outWidth, batch, out]
  const gradient = tf.conv2d(pictures, filter, 1, paddingOf(geometry), 'NHWC', [strideHeight, strideWidth]);
  return tf.transpose(crop(gradient, filterHeight, filterWidth), [1, 2, 0, 3]);
}

/** @returns [height, width, channels, 1], owned by the caller. */
export function depthwiseFilterGradient(
  { x, dy }: Inputs,
  attributes: tf.DepthwiseConv2dNativeBackpropFilterAttrs,
): tf.Tensor4D {
  const { filterShape } = attributes;
  const geometry = geometryOf('DepthwiseConv2dNativeBackpropFilter', x.shape, filterShape, attributes, true);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth } = geometry;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = geometry;
  const planes = batchSize * inChannels; // a channel of one picture is convolved apart from all others
  const pictures = tf.reshape<tf.Rank.R4>(tf.transpose(x, [1, 2, 0, 3]), [1, inHeight, inWidth, planes]);
  const filter = tf.reshape<tf.Rank.R4>(tf.transpose(dy, [1, 2, 0, 3]), [outHeight, outWidth, planes, 1]);
  const strides: [number, number] = [strideHeight, strideWidth];
  const gradients = tf.depthwiseConv2d(pictures, filter, 1, paddingOf(geometry), 'NHWC', strides);
  const perPicture = tf.reshape(crop(gradients, filterHeight, filterWidth), [-1, batchSize, inChannels]);
  return tf.reshape(tf.sum(perPicture, 1), filterShape);
}

/**
 * Padding under which the filter dY, dilated by the stride, has one place for each tap of the filter that is sought.
 * Rows at the end that the forward convolution never reached give further places, which `crop` takes away.
 */
function paddingOf(geometry: ConvolutionGeometry): tf.backend_util.ExplicitPadding {
  const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } = geometry;
  const { top, left } = geometry.padInfo;
  const neededHeight = (outHeight - 1) * strideHeight + filterHeight;
  const neededWidth = (outWidth - 1) * strideWidth + filterWidth;
  const bottom = Math.max(0, neededHeight - top - inHeight);
  return zerosAround(top, bottom, left, Math.max(0, neededWidth - left - inWidth));
}
