import type { Conv2dNode, Parameter } from '../network/network.ts';

/** Of a convolution, depthwise or not. */
export type Weights = Pick<Conv2dNode, 'kernel' | 'bias'>;

/** What a convolution gives, plus a shift by channel: its new weights. */
export function plus({ kernel, bias }: Weights, shift: Float32Array): Weights {
  return { kernel, bias: mapped(bias, (value, channel) => value + (shift[channel] ?? 0)) };
}

/** What a convolution gives, times a factor by channel: its new weights. */
export function times({ kernel, bias }: Weights, factor: Float32Array): Weights {
  const scale = (value: number, index: number) => value * (factor[index % factor.length] ?? 0); // the channel moves fastest
  return { kernel: mapped(kernel, scale), bias: mapped(bias, scale) };
}

function mapped({ shape, values }: Parameter, change: (value: number, index: number) => number): Parameter {
  return { shape, values: values.map(change) };
}
