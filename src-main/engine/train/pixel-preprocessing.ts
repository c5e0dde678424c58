import type { ExampleSource } from '../features/example-source.ts';
import type { NetworkNode } from '../network/network.ts';

/** What pixels go through before a network from scratch: x′ = (x − mean) · matrix, by pixel. */
export interface PixelMap {
  /** [3], or a whole picture, [size, size, 3]. */
  readonly mean: Float32Array;
  /** 3 × 3, row-major. */
  readonly matrix: Float32Array;
}

/** Mean 0 and standard deviation 1 of each channel, over the training pictures. */
export async function fitPixels(source: ExampleSource, rows: Uint32Array): Promise<PixelMap> {
  const length = source.shape.reduce((product, size) => product * size, 1);
  const channels = [0, 1, 2].map(() => ({ sum: 0, squares: 0 }));
  const picture = new Float32Array(length);
  for (const row of rows) {
    await source.read(Uint32Array.of(row), null, picture);
    channels.forEach((channel, at) => {
      for (let index = at; index < length; index += 3) {
        const value = picture[index] ?? 0;
        channel.sum += value;
        channel.squares += value * value;
      }
    });
  }
  const count = (rows.length * length) / 3;
  const mean = channels.map(({ sum }) => sum / count);
  const variance = channels.map(({ squares }, at) => squares / count - (mean[at] ?? 0) ** 2);
  const matrix = new Float32Array(9);
  variance.forEach((value, at) => (matrix[at * 4] = 1 / Math.sqrt(Math.max(1, value))));
  return { mean: Float32Array.from(mean), matrix };
}

/** The map as nodes that do not learn; their channels are the network's. */
export function pixelNodes({ mean, matrix }: PixelMap, input: string, imageSize: number): NetworkNode[] {
  const isPicture = mean.length > 3;
  const nodes: NetworkNode[] = [];
  let last = input;
  if (isPicture) {
    const offset = { shape: [imageSize, imageSize, 3], values: mean.map((value) => -value) };
    nodes.push({ op: 'offset', name: 'mean_image', inputs: [input], offset });
    last = 'mean_image';
  }
  const shift = (channel: number) =>
    [0, 1, 2].reduce((sum, c) => sum - (mean[c] ?? 0) * (matrix[3 * c + channel] ?? 0), 0);
  const bias = { shape: [3], values: Float32Array.from([0, 1, 2], (channel) => (isPicture ? 0 : shift(channel))) };
  const kernel = { shape: [1, 1, 3, 3], values: matrix };
  nodes.push({ op: 'conv2d', name: 'preprocess', inputs: [last], stride: 1, kernel, bias });
  return nodes;
}
