/**
 * Gradients of convolutions by their inputs, as convolutions with the filter turned by 180°:
 *
 *     dX[b, y, x, c] = Σ i,j,o  Z[b, y + top − i, x + left − j, o] · W[i, j, c, o]
 *
 * where Z is dY with s − 1 rows and columns of zeros after each of its own (s: stride).
 */
import * as tf from '@tensorflow/tfjs-core';
import { crop, geometryOf, zerosAround, type ConvolutionGeometry } from './geometry.ts';

interface Inputs {
  /** Gradient by what the convolution wrote, [batch, outHeight, outWidth, out]. Borrowed. */
  readonly dy: tf.Tensor4D;
  /** [height, width, in, out], depthwise [height, width, channels, 1]. Borrowed. */
  readonly filter: tf.Tensor4D;
}

/** @returns [batch, height, width, in], owned by the caller. */
export function conv2dInputGradient({ dy, filter }: Inputs, attributes: tf.Conv2DBackpropInputAttrs): tf.Tensor4D {
  const geometry = geometryOf('Conv2DBackpropInput', attributes.inputShape, filter.shape, attributes, false);
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  const spread = insertZeros(dy, geometry);
  return crop(tf.conv2d(spread, turned, 1, paddingOf(spread, geometry)), geometry.inHeight, geometry.inWidth);
}

/** @returns [batch, height, width, channels], owned by the caller. */
export function depthwiseInputGradient(
  { dy, filter }: Inputs,
  attributes: tf.DepthwiseConv2dNativeBackpropInputAttrs,
): tf.Tensor4D {
  const name = 'DepthwiseConv2dNativeBackpropInput';
  const geometry = geometryOf(name, attributes.inputShape, filter.shape, attributes, true);
  const turned = tf.reverse(filter, [0, 1]);
  const spread = insertZeros(dy, geometry);
  return crop(tf.depthwiseConv2d(spread, turned, 1, paddingOf(spread, geometry)), geometry.inHeight, geometry.inWidth);
}

/** Puts stride − 1 rows and columns of zeros after each row and column. */
function insertZeros(dy: tf.Tensor4D, { strideHeight, strideWidth }: ConvolutionGeometry): tf.Tensor4D {
  const [batch, height, width, channels] = dy.shape;
  if (strideHeight === 1 && strideWidth === 1) return dy;
  const columns = append(tf.reshape(dy, [batch * height * width, channels]), (strideWidth - 1) * channels);
  const rows = append(tf.reshape(columns, [batch * height, -1]), (strideHeight - 1) * strideWidth * width * channels);
  return tf.reshape(rows, [batch, height * strideHeight, width * strideWidth, channels]);
}

/** Lengthens each row of a matrix by zeros. */
function append(matrix: tf.Tensor2D, zeroCount: number): tf.Tensor2D {
  return tf.pad(matrix, [
    [0, 0],
    [0, zeroCount],
  ]);
}

/** Padding under which the turned filter has a place for each pixel that is sought; `crop` takes away what is past them. */
function paddingOf(spread: tf.Tensor4D, geometry: ConvolutionGeometry): tf.backend_util.ExplicitPadding {
  const { inHeight, inWidth, filterHeight, filterWidth, padInfo } = geometry;
  const top = filterHeight - 1 - padInfo.top;
  const left = filterWidth - 1 - padInfo.left;
  if (top < 0 || left < 0) {
    throw new Error(
      `A convolution was padded by ${padInfo.top} rows and ${padInfo.left} columns, but its filter is only ` +
        `${filterHeight}×${filterWidth}: on the WebAssembly backend padding must be smaller than the filter.`,
    );
  }
  const bottom = Math.max(0, inHeight + filterHeight - 1 - top - spread.shape[1]);
  return zerosAround(top, bottom, left, Math.max(0, inWidth + filterWidth - 1 - left - spread.shape[2]));
}
