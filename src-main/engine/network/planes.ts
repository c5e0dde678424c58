/** From this project's order, height × width × channels, to that of formats that keep each channel as a plane. */
import type { Parameter } from './network.ts';
import type { Shape } from './shapes.ts';

export function toChw([height = 0, width = 0, channels = 0]: Shape): Shape {
  return [channels, height, width];
}

/** [height, width, channels] → [channels, height, width]; else as it is. */
export function toPlanes({ shape, values }: Parameter): Parameter {
  if (shape.length !== 3) return { shape, values };
  const [height = 0, width = 0, channels = 0] = shape;
  const pixels = height * width;
  const planes = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++)
    planes[(at % channels) * pixels + Math.floor(at / channels)] = values[at] ?? 0;
  return { shape: toChw(shape), values: planes };
}

/** [h, w, in, out] → [out, in, h, w]; depthwise [h, w, channels, 1] → [channels, 1, h, w]. */
export function toOihw(kernel: Parameter, isDepthwise: boolean): Parameter {
  const [rows = 0, columns = 0, third = 0, fourth = 0] = kernel.shape;
  const [ins, outs] = isDepthwise ? [1, third] : [third, fourth];
  const taps = rows * columns;
  const values = new Float32Array(kernel.values.length);
  for (let tap = 0, source = 0; tap < taps; tap++)
    for (let i = 0; i < ins; i++)
      for (let o = 0; o < outs; o++) values[(o * ins + i) * taps + tap] = kernel.values[source++] ?? 0;
  return { shape: [outs, ins, rows, columns], values };
}
