import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { CALIBRATED_FORMATS } from '../../../../../src-main/contract/training.ts';
import { classifyPictures } from '../../../../../src-main/engine/evaluate/classify.ts';
import { exportClassifier } from '../../../../../src-main/engine/export/export.ts';
import { floatPrecision } from '../../../../../src-main/engine/export/formats/tflite/float-precision.ts';
import * as lossiest from '../../../../../src-main/engine/export/formats/tflite/lossiest-layer.ts';
import { GraphBuilder } from '../../../../../src-main/engine/export/formats/tflite/graph-builder.ts';
import { writeNetwork } from '../../../../../src-main/engine/export/formats/tflite/nodes.ts';
import {
  quantisationOf,
  quantise,
  quantiseLayer,
} from '../../../../../src-main/engine/export/formats/tflite/quantise.ts';
import type { Classifier } from '../../../../../src-main/engine/network/classifier.ts';
import { withHead } from '../../../../../src-main/engine/network/head.ts';
import type { Network, NetworkNode, Parameter } from '../../../../../src-main/engine/network/network.ts';
import { createRandom } from '../../../../../src-main/engine/random.ts';
import { loadTestBackend } from '../../../../helpers/backend.ts';
import { everyNodeNetwork, randomParameter, smallClassifier } from '../../../../helpers/classifiers.ts';
import { randomPixels } from '../../../../helpers/random-network.ts';

beforeAll(loadTestBackend);

const FORMATS = ['tflite', 'tflite-f16', 'tflite-int8', 'tflite-uint8'] as const;
const PICTURE_COUNT = 12;

/** A classifier with pictures that check and calibrate it, and a folder to export into. */
async function makeBench() {
  const root = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const pictures = await Promise.all(
    Array.from({ length: PICTURE_COUNT }, async (_, index) => {
      const file = join(root, `${index}.png`);
      const content = await sharp(randomPixels(index, 40 * 50 * 3), { raw: { width: 40, height: 50, channels: 3 } })
        .png()
        .toBuffer();
      await writeFile(file, content);
      return { file, sha256: createHash('sha256').update(content).digest('hex') };
    }),
  );
  const classifier = smallClassifier();
  const { rows } = await classifyPictures(classifier, pictures, {});
  const validation = rows.map(({ fileIndex, probabilities }) => ({
    file: pictures[fileIndex]!.file,
    probabilities: [...probabilities],
  }));
  const whole = { ...classifier, validation, calibration: pictures } satisfies Classifier;
  const order = { folder: join(root, 'exports'), formats: FORMATS, overwrite: false };
  return { pictures, classifier: whole, order };
}

test('all four files are reopened in LiteRT and agree with the app', async () => {
  const { classifier, order } = await makeBench();
  const { exports: reports } = await exportClassifier(classifier, { order });
  const calibration = { pictureCount: PICTURE_COUNT, leftOutCount: 0 };
  expect(reports.map(({ calibration: used }) => used)).toEqual([undefined, undefined, calibration, calibration]);
  const calibrated = reports.filter((report) => report.calibration !== undefined).map(({ format }) => format);
  expect(calibrated).toEqual([...CALIBRATED_FORMATS]); // what the page asks for pictures for
  for (const { format, agreement, maxAbsDifference } of reports) {
    expect(agreement).toEqual({ same: PICTURE_COUNT, of: PICTURE_COUNT });
    expect(maxAbsDifference).toBeLessThan({ tflite: 1e-5, 'tflite-f16': 1e-3 }[format as string] ?? 0.02);
  }
  expect((await readdir(join(order.folder, 'tflite-uint8'))).sort()).toEqual([
    'Example.kt',
    'Example.swift',
    'LICENCE.txt',
    'MODEL_CARD.md',
    'README.md',
    'browser-page.js',
    'browser-picture.js',
    'example.html',
    'example.py',
    'export.json',
    'labels.txt',
    'model.tflite',
    'picture.py',
    'preprocessing.json',
  ]);
  const readme = await readFile(join(order.folder, 'tflite-uint8', 'README.md'), 'utf8');
  expect(readme).toMatch(/Input `image`: uint8 \[batch, 33, 33, 3\]/);
  expect(readme).toMatch(/Output `probabilities`: uint8 \[batch, 3\].*a step is 1\/256/);
  expect(readme).toMatch(/fitted to 12 training pictures\./);
});

test('loading LiteRT leaves no trace of a browser in this process', async () => {
  const { classifier, order } = await makeBench();
  await exportClassifier(classifier, { order: { ...order, formats: ['tflite'] } });
  const traces = ['self', 'importScripts', 'Module', 'ModuleFactory'].filter((name) => name in globalThis);
  expect(traces).toEqual([]);
});

test('the same model writes the same bytes', async () => {
  const { classifier, order } = await makeBench();
  const again = { ...order, folder: join(order.folder, 'again') };
  await exportClassifier(classifier, { order });
  await exportClassifier(classifier, { order: again });
  for (const format of FORMATS) {
    const [first, second] = await Promise.all(
      [order, again].map(({ folder }) => readFile(join(folder, format, 'model.tflite'))),
    );
    expect(first!.equals(second!)).toBe(true);
  }
});

test('calibration pictures that are gone or changed are left out and counted', async () => {
  const { classifier, order, pictures } = await makeBench();
  await rm(pictures[0]!.file);
  await writeFile(pictures[1]!.file, 'no picture');
  const {
    exports: [report],
  } = await exportClassifier(classifier, { order: { ...order, formats: ['tflite-int8'] } });
  expect(report!.calibration).toEqual({ pictureCount: PICTURE_COUNT - 2, leftOutCount: 2 });
  expect(await readFile(join(order.folder, 'tflite-int8', 'README.md'), 'utf8')).toMatch(
    /fitted to 10 training pictures; 2 more were gone, changed or unreadable/,
  );
});

test.each([
  ['of an earlier Fovea', undefined, /trained by an earlier Fovea/],
  ['whose pictures are gone', [{ file: '/nowhere/1.jpg', sha256: '00' }], /all 1 training pictures .* are gone/],
])('a model %s is refused for 8 bits before anything is written, with the way out', async (_, calibration, reason) => {
  const { classifier, order, pictures } = await makeBench();
  const { validation } = classifier;
  const model = smallClassifier(calibration ? { validation, calibration } : { validation });
  await expect(exportClassifier(model, { order })).rejects.toMatchObject({
    code: 'export/uncalibrated',
    message: expect.stringMatching(reason) as string,
  });
  await expect(readdir(order.folder)).rejects.toMatchObject({ code: 'ENOENT' });
  const given = { ...order, formats: ['tflite-int8'] as const, calibrationFolder: join(pictures[0]!.file, '..') };
  const {
    exports: [report],
  } = await exportClassifier(model, { order: given });
  expect(report!.calibration).toEqual({ pictureCount: PICTURE_COUNT, leftOutCount: 0 });
  const { exports, refused } = await exportClassifier(model, {
    order: { ...order, overwrite: true, skipUnsupported: true },
  });
  expect(exports.map(({ format }) => format)).toEqual(['tflite', 'tflite-f16']);
  expect(refused).toEqual(
    ['tflite-int8', 'tflite-uint8'].map((format) => ({
      format,
      code: 'export/uncalibrated',
      message: expect.stringMatching(reason) as string,
    })),
  );
});

/**
 * Two convolutions in a row, their values carried by ReLU: what the first gives is made larger in one channel and smaller in the
 * next layer's weights by as much, which no float notices and a scale a tensor does.
 */
function withLoudChannel(loudness: number): Network {
  const random = createRandom(5);
  const layer = (name: string, input: string, ins: number, outs: number): NetworkNode[] => [
    {
      op: 'conv2d',
      name,
      inputs: [input],
      stride: 2,
      kernel: randomParameter(random, [3, 3, ins, outs], Math.sqrt(2 / (9 * ins))),
      bias: randomParameter(random, [outs], 0.3),
    },
    { op: 'activation', name: `${name}_relu`, inputs: [name], activation: 'relu' },
  ];
  const nodes: NetworkNode[] = [
    { op: 'input', name: 'pixels', inputs: [], shape: [33, 33, 3], mean: 127.5, scale: 1 / 127.5 },
    ...layer('conv_1', 'pixels', 3, 6),
    ...layer('conv_2', 'conv_1_relu', 6, 6),
    ...layer('conv_3', 'conv_2_relu', 6, 6),
    ...layer('conv_4', 'conv_3_relu', 6, 6),
    { op: 'globalAveragePool', name: 'embedding', inputs: ['conv_4_relu'] },
  ];
  const scale = (node: NetworkNode): NetworkNode => {
    if (node.op !== 'conv2d') return node;
    const { kernel, bias } = node;
    const outOf = (value: number, at: number) => (node.name === 'conv_2' && at % 6 === 0 ? value * loudness : value);
    const intoOf = (value: number, at: number) =>
      node.name === 'conv_3' && Math.floor(at / 6) % 6 === 0 ? value / loudness : value;
    return {
      ...node,
      kernel: { ...kernel, values: kernel.values.map(outOf).map(intoOf) },
      bias: { ...bias, values: bias.values.map(outOf) },
    };
  };
  const head = { kernel: randomParameter(random, [6, 3], 3), bias: randomParameter(random, [3], 0.1) };
  return withHead({ nodes: nodes.map(scale) }, head);
}

/** A dense layer has one scale for all weights: those that matter are next to nothing beside one that does not. */
function withLoudWeight(): Network {
  const { nodes } = withLoudChannel(1);
  const dead = (node: NetworkNode): NetworkNode => {
    if (node.op === 'conv2d' && node.name === 'conv_4') {
      const silent = (values: Float32Array) => values.map((value, at) => (at % 6 === 0 ? 0 : value));
      const { kernel, bias } = node;
      return {
        ...node,
        kernel: { ...kernel, values: silent(kernel.values) },
        bias: { ...bias, values: silent(bias.values) },
      };
    }
    if (node.op !== 'dense') return node;
    return {
      ...node,
      kernel: { ...node.kernel, values: node.kernel.values.map((value, at) => (at === 0 ? 900 : value)) },
    };
  };
  return { nodes: nodes.map(dead) };
}

/** With a last bias that gives each class as much on average, so that answers hang on little. */
async function balanced(classifier: Classifier, pictures: readonly { file: string }[]): Promise<Network> {
  const { rows } = await classifyPictures(classifier, pictures, {});
  const meanLogit = (label: number) =>
    rows.reduce((sum, { probabilities }) => sum + Math.log(probabilities[label]!), 0) / rows.length;
  const level = ({ shape, values }: Parameter) => ({
    shape,
    values: values.map((value, label) => value - meanLogit(label)),
  });
  return {
    nodes: classifier.network.nodes.map((node) => (node.op === 'dense' ? { ...node, bias: level(node.bias) } : node)),
  };
}

test.each([
  ['whose channels are of unlike size', () => withLoudChannel(3000), 'conv_2'],
  ['whose weights are of unlike size', withLoudWeight, 'logits'],
])('a file that answers otherwise names the layer %s, and says to use float16', async (_, makeNetwork, layer) => {
  const { classifier, order, pictures } = await makeBench();
  const model = { ...classifier, network: await balanced({ ...classifier, network: makeNetwork() }, pictures) };
  const { rows } = await classifyPictures(model, pictures, {});
  const validation = rows.map(({ fileIndex, probabilities }) => ({
    file: pictures[fileIndex]!.file,
    probabilities: [...probabilities],
  }));
  const before = tf.memory().numTensors;
  const { exports } = await exportClassifier({ ...model, validation }, { order });
  expect(tf.memory().numTensors).toBe(before);
  const doubts = Object.fromEntries(exports.map(({ format, doubt }) => [format, doubt]));
  expect(doubts).toEqual({
    tflite: undefined,
    'tflite-f16': undefined,
    'tflite-int8': { reason: 'rounding', layer },
    'tflite-uint8': { reason: 'rounding', layer },
  });
  const readme = await readFile(join(order.folder, 'tflite-int8', 'README.md'), 'utf8');
  expect(readme).toContain(`Layer "${layer}" changes the answers most. Export one with more bits: tflite-f16.`);
});

test('layers are looked at only where a file answers otherwise too often', async () => {
  const { classifier, order } = await makeBench();
  const asked = vi.spyOn(lossiest, 'lossiestLayer');
  onTestFinished(() => asked.mockRestore());
  await exportClassifier(classifier, { order: { ...order, formats: ['tflite-int8'] } });
  expect(asked).not.toHaveBeenCalled();
  const other = { ...classifier, network: everyNodeNetwork({ size: 33, seed: 2 }) };
  await exportClassifier(other, { order: { ...order, formats: ['tflite-int8'], overwrite: true } });
  expect(asked).toHaveBeenCalledOnce();
});

test('a weight that half floats cannot hold is refused by name', () => {
  const network = everyNodeNetwork();
  const nodes = network.nodes.map((node) =>
    node.op === 'dense' ? { ...node, bias: { ...node.bias, values: node.bias.values.map(() => 70_000) } } : node,
  );
  const graph = new GraphBuilder();
  expect(() => writeNetwork({ nodes }, graph, floatPrecision(graph, 'float16'))).toThrow(/logits\/bias holds 70000/);
});

test('a range is cut into 255 steps with zero among them', () => {
  expect(quantisationOf({ low: 0, high: 6 })).toEqual({ scales: [Math.fround(6 / 255)], zeroPoints: [-128] });
  expect(quantisationOf({ low: -1, high: 3 })).toEqual({ scales: [Math.fround(4 / 255)], zeroPoints: [-64] });
  expect(quantisationOf({ low: 2, high: 51 })).toEqual({ scales: [Math.fround(51 / 255)], zeroPoints: [-128] });
  expect(quantisationOf({ low: 0, high: 0 })).toEqual({ scales: [Math.fround(1 / 255)], zeroPoints: [-128] });
  const halves = { scales: [0.5], zeroPoints: [3] };
  expect([...quantise(Float32Array.of(0, 1, -1.26, 900, -900), halves)]).toEqual([3, 5, 0, 127, -128]);
});

test('rounded weights keep each channel where it was on average', () => {
  // Two channels that go out, of two that come in; scales 1/127 and 2/127.
  const kernel = { shape: [2, 1, 1, 2], values: Float32Array.of(1, 0.3, -2, 0.25) };
  const bias = { shape: [2], values: Float32Array.of(0, 1) };
  const input = { means: Float32Array.of(3, 4), scale: 0.1, error: 0 };
  const found = quantiseLayer({ kernel, bias, channelAxis: 0 }, input);
  expect([...found.kernel]).toEqual([127, 38, -127, 16]); // 38.1 and 15.875, rounded
  // By hand: 38/127 − 0.3 is −0.1/127, and 32/127 − 0.25 is 0.25/127; times the mean 4 that is −0.4/127 and 1/127.
  const step = [0.1 / 127, 0.2 / 127];
  expect([...found.bias]).toEqual([Math.round(0.4 / 127 / step[0]!), Math.round((1 - 1 / 127) / step[1]!)]);
});

test('a bias keeps its worth where the weights of a channel are next to nothing', () => {
  const kernel = { shape: [2, 1, 1, 1], values: Float32Array.of(1, 1e-12) };
  const bias = { shape: [2], values: Float32Array.of(0.5, 100) };
  const { bias: whole, biasQuantisation } = quantiseLayer(
    { kernel, bias, channelAxis: 0 },
    { means: Float32Array.of(0), scale: 1e-4, error: 0 },
  );
  const worth = [...whole].map((value, channel) => value * biasQuantisation.scales[channel]!);
  expect(worth[0]).toBeCloseTo(0.5, 4);
  expect(worth[1]).toBeCloseTo(100, 4);
});

test('a mean between two whole numbers is made up for in the first layer', () => {
  const kernel = { shape: [1, 1, 1, 2], values: Float32Array.of(1, -0.25) };
  const bias = { shape: [1], values: Float32Array.of(0) };
  // Stored values are too large by 0.25, and −0.25 is stored as −32/127.
  const given = { means: Float32Array.of(0, 0), scale: 0.01, error: 0.25 };
  const { bias: whole, biasQuantisation } = quantiseLayer({ kernel, bias, channelAxis: 0 }, given);
  expect(whole[0]! * biasQuantisation.scales[0]!).toBeCloseTo(-0.25 * (1 - 32 / 127), 3);
});
