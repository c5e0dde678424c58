/** What values the nodes of a network take on pictures. */
import * as tf from '@tensorflow/tfjs-core';
import { findOnnxRuntime, openOnnx } from '../compute/onnx-runtime.ts';
import type { Network } from '../network/network.ts';
import { toOnnx } from '../network/onnx.ts';
import { inferShapes } from '../network/shapes.ts';
import { layStatistics } from '../network/statistics-layout.ts';
import { forward, uploadWeights } from '../network/tfjs.ts';
import { runPictures, type RunOptions } from './run-pictures.ts';
import type { PictureFile } from './pixels.ts';
import type { Runner } from './runner.ts';

export interface NodeStatistics {
  /** Least and largest value on any picture. */
  readonly low: number;
  readonly high: number;
  /** Of each channel, over pictures and places. */
  readonly means: Float32Array;
}

/**
 * Runs a network over pictures and looks at its nodes: in ONNX Runtime, or on the tfjs backend that is set where this machine
 * has none.
 *
 * @param nodes  names of those to look at.
 * @returns      by node; `pictureCount` of the pictures could be read.
 * @throws the signal's reason within one batch of an abort.
 */
export async function measureNodes(
  network: Network,
  nodes: readonly string[],
  pictures: readonly PictureFile[],
  options: RunOptions,
): Promise<{ readonly statistics: ReadonlyMap<string, NodeStatistics>; readonly pictureCount: number }> {
  const places = layStatistics(nodes, inferShapes(network));
  const rowLength = places.reduce((sum, { channels }) => sum + 2 + channels, 0);
  const run = (await findOnnxRuntime()) === null ? openTfjs(network, nodes) : await openInOnnx(network, nodes);
  const runner: Runner = { outputShape: [rowLength], outputCount: rowLength, ...run };
  try {
    const { outputs, fileIndexes } = await runPictures(pictures, runner, options);
    const rows = fileIndexes.map((_, row) => outputs.subarray(row * rowLength, (row + 1) * rowLength));
    const statistics = new Map(places.map(({ node, start, channels }) => [node, summarise(rows, start, channels)]));
    return { statistics, pictureCount: rows.length };
  } finally {
    await runner.dispose();
  }
}

function summarise(rows: readonly Float32Array[], start: number, channels: number): NodeStatistics {
  const sums = new Float64Array(channels);
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows) {
    low = Math.min(low, row[start] ?? 0);
    high = Math.max(high, row[start + 1] ?? 0);
    for (let channel = 0; channel < channels; channel++)
      sums[channel] = (sums[channel] ?? 0) + (row[start + 2 + channel] ?? 0);
  }
  return { low, high, means: Float32Array.from(sums, (sum) => sum / rows.length) };
}

async function openInOnnx(network: Network, nodes: readonly string[]): Promise<Pick<Runner, 'run' | 'dispose'>> {
  const session = await openOnnx(toOnnx(network, { pixels: 'uint8-nhwc', statisticsOf: nodes }));
  const shape = inputShapeOf(network);
  return { run: (pixels, count) => session.run(pixels, [count, ...shape]), dispose: () => session.dispose() };
}

function openTfjs(network: Network, nodes: readonly string[]): Pick<Runner, 'run' | 'dispose'> {
  const { weights, dispose } = uploadWeights(network);
  const shape = inputShapeOf(network);
  return {
    async run(pixels, count) {
      const parts = new Map<string, tf.Tensor2D>();
      const rows = tf.tidy(() => {
        const input = tf.tensor(Int32Array.from(pixels), [count, ...shape], 'int32'); // tfjs has no uint8
        forward(network, input, {
          weights,
          onOutput: ({ name }, output) => {
            if (nodes.includes(name)) parts.set(name, tf.keep(tf.tidy(() => rowsOf(output))));
          },
        });
        return tf.concat(
          nodes.map((node) => parts.get(node) as tf.Tensor2D),
          1,
        ); // as: every node is seen once
      });
      tf.dispose([...parts.values()]);
      const values = await rows.data<'float32'>();
      rows.dispose();
      return values;
    },
    dispose: () => Promise.resolve(dispose()),
  };
}

/** [batch, 2 + channels] of an output [batch, ..., channels]. */
function rowsOf(output: tf.Tensor): tf.Tensor2D {
  const [batch = 0] = output.shape;
  const places = tf.reshape<tf.Rank.R3>(output, [batch, -1, output.shape.at(-1) ?? 1]);
  const extremes = [tf.min(places, [1, 2]), tf.max(places, [1, 2])].map((of) => tf.reshape<tf.Rank.R2>(of, [batch, 1]));
  return tf.concat([...extremes, tf.mean<tf.Tensor2D>(places, 1)], 1);
}

function inputShapeOf(network: Network): readonly number[] {
  return [...inferShapes(network).values()][0] ?? [];
}
