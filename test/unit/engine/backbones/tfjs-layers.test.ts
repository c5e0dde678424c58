import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { tfjsLayersTrunk } from '../../../../src-main/engine/backbones/tfjs-layers.ts';
import { readTfjsModel } from '../../../../src-main/engine/backbones/tfjs-model-file.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { createRandom, gaussian } from '../../../../src-main/engine/random.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { randomPixels, relativeError } from '../../../helpers/random-network.ts';

const L = layers.layers;
const SIZE = 20;
const scaling = { imageSize: SIZE, mean: 127.5, scale: 1 / 127.5 };
type Files = Map<string, Uint8Array>;

/** Weights as after training: batch norms, too, are far from doing nothing. */
function randomise(model: layers.LayersModel): layers.LayersModel {
  const random = createRandom(7);
  for (const layer of model.layers)
    layer.setWeights(
      layer.getWeights().map((weight, index) => {
        const isVariance = layer.getClassName() === 'BatchNormalization' && index === layer.getWeights().length - 1;
        const values = Float32Array.from({ length: weight.size }, () => gaussian(random) * 0.5);
        return tf.tensor(isVariance ? values.map((value) => value * value + 0.01) : values, weight.shape);
      }),
    );
  return model;
}

/** The files that TF.js' own `save` makes, the weights in two shards. */
async function save(model: layers.LayersModel): Promise<Files> {
  const files: Files = new Map();
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const bytes = new Uint8Array(weightData as ArrayBuffer);
      const half = Math.floor(bytes.length / 2) + 1;
      const weightsManifest = [{ paths: ['shard1', 'shard2'], weights: weightSpecs }];
      files.set('model.json', Buffer.from(JSON.stringify({ modelTopology, weightsManifest })));
      files.set('shard1', bytes.subarray(0, half));
      files.set('shard2', bytes.subarray(half));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };
    }),
  );
  return files;
}

function editModel(files: Files, edit: (json: string) => string): Files {
  return new Map(files).set('model.json', Buffer.from(edit(Buffer.from(files.get('model.json')!).toString('utf8'))));
}

const load = (files: Files) => tfjsLayersTrunk(readTfjsModel(files), scaling);

async function expectSameEmbedding(model: layers.LayersModel, embedding: string): Promise<void> {
  const network = load(await save(model));
  const pixels = tf.tensor4d(randomPixels(1, 3 * SIZE * SIZE * 3), [3, SIZE, SIZE, 3], 'float32');
  const upToEmbedding = layers.model({ inputs: model.inputs, outputs: model.getLayer(embedding).output });
  const reference = upToEmbedding.predict(tf.sub(tf.div(pixels, 127.5), 1)) as tf.Tensor;
  expect(relativeError(forward(network, pixels).dataSync(), reference.dataSync())).toBeLessThan(1e-5);
}

/** MobileNet as newer Keras writes it: explicit zeros, ReLU layers; and a residual block with a norm without gamma. */
function paddedModel(): layers.LayersModel {
  const input = layers.input({ shape: [SIZE, SIZE, 3], name: 'input_1' });
  const relu6 = (x: layers.SymbolicTensor, name: string) => L.reLU({ maxValue: 6, name }).apply(x);
  let x = L.zeroPadding2d({ padding: [[0, 1], [0, 1]], name: 'conv1_pad' }).apply(input); // prettier-ignore
  x = L.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'valid', useBias: false, name: 'conv1' }).apply(x);
  x = L.batchNormalization({ epsilon: 1e-3, name: 'conv1_bn' }).apply(x);
  const stem = relu6(x as layers.SymbolicTensor, 'conv1_relu') as layers.SymbolicTensor;
  x = L.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false, name: 'conv_dw_1' }).apply(stem);
  x = L.batchNormalization({ epsilon: 1e-2, scale: false, name: 'conv_dw_1_bn' }).apply(x);
  x = relu6(x as layers.SymbolicTensor, 'conv_dw_1_relu');
  x = L.conv2d({ filters: 6, kernelSize: 1, name: 'conv_pw_1' }).apply(x); // valid, where SAME would add nothing
  x = L.batchNormalization({ center: false, name: 'conv_pw_1_bn' }).apply(x);
  x = L.add({ name: 'sum' }).apply([stem, x as layers.SymbolicTensor]);
  x = L.dropout({ rate: 0.5, name: 'dropout' }).apply(x);
  x = L.globalAveragePooling2d({ name: 'gap' }).apply(x as layers.SymbolicTensor);
  x = L.dense({ units: 2, activation: 'softmax', name: 'predictions' }).apply(x);
  return randomise(layers.model({ inputs: input, outputs: x as layers.SymbolicTensor }));
}

beforeAll(loadTestBackend);

describe('tfjsLayersTrunk', () => {
  test('gives the embedding that tfjs-layers gives, with explicit padding, norms of every kind and a residual', async () => {
    await expectSameEmbedding(paddedModel(), 'gap');
  });

  test('reads a Sequential model with activations inside its layers', async () => {
    const model = layers.sequential({
      layers: [
        L.conv2d({
          inputShape: [SIZE, SIZE, 3],
          filters: 5,
          kernelSize: 5,
          strides: 3,
          padding: 'same',
          activation: 'relu',
        }),
        L.conv2d({ filters: 7, kernelSize: [3, 1], padding: 'same', name: 'second' }),
        L.activation({ activation: 'linear' }),
        L.globalAveragePooling2d({ dataFormat: 'channelsLast', name: 'gap' }),
      ],
    });
    await expectSameEmbedding(randomise(model), 'gap');
  });

  test('averages over the last features where the model itself does not', async () => {
    const files = await save(paddedModel());
    const whole = load(files);
    const withoutTop = editModel(files, (json) => {
      const model = JSON.parse(json) as { modelTopology: { config: { layers: { name: string }[] } } }; // as: TF.js' own form
      const { layers: all } = model.modelTopology.config;
      all.splice(all.findIndex(({ name }) => name === 'gap'));
      return JSON.stringify(model);
    });
    expect(load(withoutTop)).toEqual(whole);
  });

  test('keeps the names of the layers, and names the pooled features "embedding"', async () => {
    expect(load(await save(paddedModel())).nodes.map(({ op, name }) => `${op} ${name}`)).toEqual([
      'input input_1',
      'conv2d conv1',
      'activation conv1_relu',
      'depthwiseConv2d conv_dw_1',
      'activation conv_dw_1_relu',
      'conv2d conv_pw_1',
      'add sum',
      'globalAveragePool embedding',
    ]);
  });

  test.each<[string, (json: string) => string, RegExp]>([
    [
      'an unknown layer',
      (json) => json.replace('"Dropout"', '"LayerNormalization"'),
      /"dropout" is a LayerNormalization/,
    ],
    [
      'another activation',
      (json) => json.replace('"Dropout"', '"Activation"').replace('"rate":0.5', '"activation":"swish"'),
      /"dropout" uses swish; relu and relu6/,
    ],
    [
      'zeros that SAME does not give',
      (json) => json.replace('[[0,1],[0,1]]', '[[1,0],[1,0]]'),
      /"conv1" is padded by 1,0 and 1,0 \(valid\).*\(0,1 and 0,1\)/,
    ],
    [
      'dilation',
      (json) => json.replace('"dilation_rate":[1,1]', '"dilation_rate":[2,2]'),
      /"conv1" \(Conv2D\).*dilation_rate/,
    ],
    [
      'unequal strides',
      (json) => json.replace('"strides":[2,2]', '"strides":[2,1]'),
      /"conv1" \(Conv2D\).*strides differ/,
    ],
    [
      'a leaky ReLU',
      (json) => json.replace('"max_value":6', '"max_value":6,"negative_slope":0.1'),
      /"conv1_relu".*negative_slope/,
    ],
    [
      'a norm after an activation',
      (json) => json.replace('[["conv_pw_1",0,0,{}]]', '[["conv_dw_1_relu",0,0,{}]]'),
      /"conv_pw_1_bn" does not follow a convolution of its own/,
    ],
    [
      'a kernel that is not there',
      (json) => json.replace('"conv_pw_1/kernel"', '"conv_pw_9/kernel"'),
      /no kernel of layer "conv_pw_1"/,
    ],
  ])('refuses a model with %s, and names it', async (_, edit, message) => {
    const files = await save(paddedModel());
    const changed = editModel(files, edit);
    expect(changed.get('model.json')).not.toEqual(files.get('model.json'));
    expect(() => load(changed)).toThrow(message);
  });
});

describe('readTfjsModel', () => {
  test('refuses quantised weights when they are asked for', async () => {
    const files = await save(paddedModel());
    const quantised = editModel(files, (json) =>
      json.replaceAll('"dtype":"float32"}', '"dtype":"float32","quantization":{"dtype":"uint8","scale":1,"min":0}}'),
    );
    const byteCount = (files.get('shard1')!.length + files.get('shard2')!.length) / 4;
    quantised.set('shard1', new Uint8Array(byteCount)).set('shard2', new Uint8Array(0));
    expect(() => load(quantised)).toThrow(/"conv1\/kernel" is stored as uint8; float32 is needed/);
  });

  test('refuses files that are missing, cut or of another format', async () => {
    const files = await save(paddedModel());
    const without = new Map(files);
    without.delete('shard2');
    expect(() => readTfjsModel(without)).toThrow(/needs the file shard2/);
    expect(() => readTfjsModel(new Map(files).set('shard2', new Uint8Array(3)))).toThrow(/bytes; model\.json needs/);
    expect(() => readTfjsModel(editModel(files, (json) => json.slice(1)))).toThrow(/not whole JSON/);
    expect(() => readTfjsModel(editModel(files, () => '{"format":"graph-model"}'))).toThrow(/no TF\.js layers model/);
  });
});
