/** The formats of TensorFlow Lite, now LiteRT: one graph in four precisions. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLiteRt } from '../../compute/litert.ts';
import type { NodeStatistics } from '../../features/node-statistics.ts';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import type { ExportFile } from '../export-file.ts';
import { preprocessingOf } from '../preprocessing.ts';
import type { DoubtContext, ModelInput, Target, TargetWords } from '../target.ts';
import { floatPrecision } from './tflite/float-precision.ts';
import { GraphBuilder } from './tflite/graph-builder.ts';
import { int8Precision } from './tflite/int8-precision.ts';
import { lossiestLayer } from './tflite/lossiest-layer.ts';
import { describeModel, packFiles } from './tflite/metadata.ts';
import { valueNodes, writeNetwork } from './tflite/nodes.ts';
import type { Precision } from './tflite/precision.ts';
import { encodeTflite } from './tflite/schema.ts';

const TFLITE_FILE = 'model.tflite';
const FLOATS: ModelInput = { layout: 'NHWC', dtype: 'float32' };
const BYTES: ModelInput = { layout: 'NHWC', dtype: 'uint8' };

export const tflite: Target = {
  input: FLOATS,
  write: (classifier) => [tfliteFile(classifier, FLOATS, (graph) => floatPrecision(graph, 'float32'))],
  reopen,
  words: words('Image classifier (TensorFlow Lite)'),
  samples: [
    'tflite/example.py',
    'tflite/example.html',
    'tflite/Example.kt',
    'tflite/Example.swift',
    'common/picture.py',
    'common/browser-picture.js',
    'common/browser-page.js',
  ],
};

export const tfliteF16: Target = {
  ...tflite,
  isLossy: true,
  write: (classifier) => [tfliteFile(classifier, FLOATS, (graph) => floatPrecision(graph, 'float16'))],
  words: words('Image classifier (TensorFlow Lite, 16-bit weights)'),
};

export const tfliteInt8: Target = {
  ...tflite,
  isLossy: true,
  write: async (classifier, { calibrate }) => {
    const { statistics } = await calibrate(valueNodes(classifier.network));
    return [tfliteFile(classifier, FLOATS, (graph) => int8Precision(graph, 'float32', lookUp(statistics)))];
  },
  mostDifferentLayer,
  words: words('Image classifier (TensorFlow Lite, 8 bits inside, floats outside)'),
};

export const tfliteUint8: Target = {
  ...tflite,
  isLossy: true,
  input: BYTES,
  output: 'uint8',
  write: async (classifier, { calibrate }) => {
    const { statistics } = await calibrate(valueNodes(classifier.network));
    return [tfliteFile(classifier, BYTES, (graph) => int8Precision(graph, 'uint8', lookUp(statistics)))];
  },
  mostDifferentLayer,
  words: words('Image classifier (TensorFlow Lite, 8 bits throughout)'),
};

function words(title: string): TargetWords {
  return {
    title,
    runtime: 'LiteRT',
    metadata:
      'The model carries TFLite metadata, from which MediaPipe reads class names and normalisation; it is a zip file too, with labels.txt and preprocessing.json inside.',
    howTo: [
      '```',
      'pip install ai-edge-litert pillow',
      'python example.py photo.jpg',
      '```',
      '',
      'example.html does the same in a browser; its first lines say how to serve it. Example.kt (Android) and Example.swift (iOS) show it with MediaPipe.',
    ].join('\n'),
  };
}

/**
 * Writes a classifier as one .tflite file: [batch, S, S, 3] in (RGB, 0–255), probabilities out. The file runs under the
 * signature `serving_default` too, from `image` to `probabilities`.
 */
function tfliteFile(
  classifier: Classifier,
  input: ModelInput,
  precisionOf: (graph: GraphBuilder) => Precision,
): ExportFile {
  const graph = new GraphBuilder();
  const ends = writeNetwork(classifier.network, graph, precisionOf(graph));
  const model = encodeTflite(
    graph.build(ends.input, ends.output),
    describeModel(classifier, input.dtype === 'uint8' ? 255 : 1),
  );
  const { labels } = classifier;
  const rule = `${JSON.stringify({ labels, ...preprocessingOf(classifier, input) }, null, 2)}\n`;
  return { name: TFLITE_FILE, content: packFiles(model, labels, rule) };
}

/** Both kinds round alike inside. */
async function mostDifferentLayer({ network }: Classifier, context: DoubtContext): Promise<string | null> {
  const { calibrate, pixels, signal } = context;
  const { statistics } = await calibrate(valueNodes(network)); // done already: the file was cut to it
  return lossiestLayer(network, { statistics: lookUp(statistics), pixels, signal });
}

function lookUp(statistics: ReadonlyMap<string, NodeStatistics>) {
  return (node: string): NodeStatistics => {
    const found = statistics.get(node);
    if (found === undefined) throw new Error(`Node "${node}" was not calibrated`);
    return found;
  };
}

async function reopen(folder: string, { labels }: Classifier): Promise<Runner> {
  const model = await openLiteRt(await readFile(join(folder, TFLITE_FILE)));
  return {
    outputShape: [labels.length],
    outputCount: labels.length,
    async run(pixels, count) {
      const area = pixels.length / count;
      const rows = new Float32Array(count * labels.length);
      for (let picture = 0; picture < count; picture++) {
        const answer = await model.run(pixels.subarray(picture * area, (picture + 1) * area));
        const row = answer instanceof Uint8Array ? Float32Array.from(answer, (value) => value / 256) : answer;
        rows.set(row, picture * labels.length);
      }
      return rows;
    },
    dispose: () => {
      model.dispose();
      return Promise.resolve();
    },
  };
}
