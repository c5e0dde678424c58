import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as mobilenet from '@tensorflow-models/mobilenet';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { readGraphModel } from '../../../../src-main/engine/backbones/tfjs-graph-file.ts';
import { tfjsGraphTrunk } from '../../../../src-main/engine/backbones/tfjs-graph.ts';
import { possibleCuts } from '../../../../src-main/engine/network/cut.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { patternPixels } from '../../../helpers/pattern-pixels.ts';
import { relativeError } from '../../../helpers/random-network.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

const fixtures = join(repositoryRoot, 'test', 'fixtures', 'graph-models');
const SIZE = 224;
/** Google's modules want 0–1 and stretch it themselves; Keras' models want −1–1. */
const FROM_0 = { imageSize: SIZE, mean: 0, scale: 1 / 255 };
const FROM_MINUS_1 = { imageSize: SIZE, mean: 127.5, scale: 1 / 127.5 };

type Files = Map<string, Uint8Array>;
const filesOf = (...folder: string[]): Files =>
  new Map(readdirSync(join(fixtures, ...folder)).map((name) => [name, readFileSync(join(fixtures, ...folder, name))]));

interface GraphJson {
  modelTopology: { node: { name: string; op: string; input?: string[]; attr: Record<string, unknown> }[] };
}

/** The files with another graph. */
function edited(files: Files, edit: (nodes: GraphJson['modelTopology']['node']) => void): Files {
  const model = JSON.parse(Buffer.from(files.get('model.json')!).toString()) as GraphJson; // as: the fixture's own form
  edit(model.modelTopology.node);
  return new Map(files).set('model.json', Buffer.from(JSON.stringify(model)));
}

function embeddingOf(network: Network): Float32Array {
  return tf.tidy(() =>
    forward(network, tf.tensor4d(patternPixels(SIZE), [1, SIZE, SIZE, 3], 'int32')).dataSync(),
  ) as Float32Array; // as: float32
}

beforeAll(loadTestBackend);

describe('tfjsGraphTrunk', () => {
  const references = JSON.parse(readFileSync(join(fixtures, 'embeddings.json'), 'utf8')) as Record<string, string>;
  const reference = (name: string) =>
    new Float32Array(new Uint8Array(Buffer.from(references[name] ?? '', 'base64')).buffer);

  test.each([
    ['mobilenet_v1', 'plain', FROM_0],
    ['mobilenet_v1', 'fused', FROM_0],
    ['mobilenet_v2', 'plain', FROM_0],
    ['mobilenet_v2', 'fused', FROM_0],
    ['keras_v2', 'fused', FROM_MINUS_1],
  ])("%s, %s: the embedding is TensorFlow's", (name, variant, scaling) => {
    const network = tfjsGraphTrunk(readGraphModel(filesOf(name, variant)), scaling);
    expect(relativeError(embeddingOf(network), reference(name))).toBeLessThan(1e-5);
  });

  test.each([1, 2] as const)(
    'the embedding of MobileNet V%i is what @tensorflow-models/mobilenet infers from the same files',
    async (version) => {
      const files = filesOf(`mobilenet_v${version}`, 'fused');
      const model = await loadMobileNet(files, version);
      const pixels = tf.tensor3d(patternPixels(SIZE), [SIZE, SIZE, 3], 'int32');
      const inferred = await model.infer(pixels, true).data();
      const network = tfjsGraphTrunk(readGraphModel(files), FROM_0);
      expect(relativeError(embeddingOf(network), inferred)).toBeLessThan(1e-4);
    },
  );

  test('names layers as Keras does, however they were fused, so that a cut has one name', () => {
    const namesOf = (...folder: string[]) =>
      tfjsGraphTrunk(readGraphModel(filesOf(...folder)), FROM_0).nodes.map(({ op, name }) => `${op} ${name}`);
    const v1 = namesOf('mobilenet_v1', 'fused');
    expect(v1.slice(0, 5)).toEqual([
      'input pixels',
      'conv2d conv1',
      'activation conv1_relu',
      'depthwiseConv2d conv_dw_1',
      'activation conv_dw_1_relu',
    ]);
    expect([namesOf('mobilenet_v1', 'plain'), v1.length, v1.at(-2)]).toEqual([v1, 56, 'activation conv_pw_13_relu']);
    const v2 = namesOf('mobilenet_v2', 'fused');
    expect([namesOf('mobilenet_v2', 'plain'), namesOf('keras_v2', 'fused').at(-1)]).toEqual([v2, 'globalAveragePool embedding']); // prettier-ignore
    expect(v2.filter((name) => name.startsWith('add'))).toEqual(
      [2, 4, 5, 7, 8, 9, 11, 12, 14, 15]
        .map((block) => `add block_${block}_add`)
        .toSpliced(0, 0, 'add expanded_conv_add'),
    );
    const network = tfjsGraphTrunk(readGraphModel(filesOf('mobilenet_v2', 'plain')), FROM_0);
    expect(possibleCuts(network)).toContain('block_16_expand');
  });

  test('reads a graph without its pooling and what follows it', () => {
    const files = edited(filesOf('mobilenet_v1', 'fused'), (nodes) => {
      const pool = nodes.findIndex(({ op }) => op === 'Mean');
      nodes.splice(pool, nodes.length);
    });
    const network = tfjsGraphTrunk(readGraphModel(files), FROM_0);
    expect(relativeError(embeddingOf(network), reference('mobilenet_v1'))).toBeLessThan(1e-5);
  });

  test.each<[string, (nodes: GraphJson['modelTopology']['node']) => void, RegExp]>([
    ['an unknown operation', (nodes) => void (find(nodes, 'FusedDepthwiseConv2dNative').op = 'Softplus'), /^Node ".*depthwise" \(Softplus\) cannot be imported: this operation/],
    ['an unknown fused operation', (nodes) => void (find(nodes, '_FusedConv2D').attr['fused_ops'] = list('BiasAdd', 'Elu')), /\(_FusedConv2D\).*: Elu is fused into it/],
    ['a circle', (nodes) => void (find(nodes, '_FusedConv2D').input![0] = nodes.find(({ op }) => op === 'Mean')!.name.replace('Logits/global_pool', 'MobilenetV1/Conv2d_1_depthwise/depthwise')), /needs itself/],
    ['a missing node', (nodes) => void (find(nodes, '_FusedConv2D').input![0] = 'nowhere'), /needs a node "nowhere"/],
    ['another output', (nodes) => void (find(nodes, '_FusedConv2D').input![0] += ':1'), /takes output 1/],
    ['a dilated convolution', (nodes) => void (find(nodes, '_FusedConv2D').attr['dilations'] = { list: { i: ['1', '2', '2', '1'] } }), /it is dilated/],
    ['other strides down and right', (nodes) => void (find(nodes, '_FusedConv2D').attr['strides'] = { list: { i: ['1', '2', '1', '1'] } }), /its strides differ/],
    ['channels first', (nodes) => void (find(nodes, '_FusedConv2D').attr['data_format'] = { s: Buffer.from('NCHW').toString('base64') }), /its layout is NCHW/],
    ['zeros left out', (nodes) => void (find(nodes, '_FusedConv2D').attr['padding'] = { s: Buffer.from('VALID').toString('base64') }), /is padded by 0,0 and 0,0 \(valid\); only what SAME gives/],
    ['two poolings', (nodes) => void nodes.push({ name: 'again', op: 'Mean', input: [], attr: {} }), /both average/],
    ['two nodes of one name', (nodes) => void nodes.push(nodes[0]!), /Two nodes of the graph are named/],
  ])('refuses %s, naming it', (_, edit, message) => {
    const files = edited(filesOf('mobilenet_v1', 'fused'), edit);
    expect(() => tfjsGraphTrunk(readGraphModel(files), FROM_0)).toThrow(message);
  }); // prettier-ignore

  test('refuses a batch norm that still learns, and an average over a part of the picture', () => {
    const learning = edited(filesOf('mobilenet_v1', 'plain'), (nodes) => {
      find(nodes, 'FusedBatchNormV3').attr['is_training'] = { b: true };
    });
    expect(() => tfjsGraphTrunk(readGraphModel(learning), FROM_0)).toThrow(/normalises as in training/);
    const partial = edited(filesOf('mobilenet_v2', 'fused'), (nodes) => {
      find(nodes, 'AvgPool').attr['ksize'] = { list: { i: ['1', '2', '2', '1'] } };
    });
    expect(() => tfjsGraphTrunk(readGraphModel(partial), FROM_0)).toThrow(/windows of 1,2,2,1, not over all of 7 × 7/);
  });

  test('refuses weights that are cut off, missing or of another type', () => {
    const files = filesOf('mobilenet_v1', 'fused');
    const shard = [...files.keys()].find((name) => name !== 'model.json')!;
    const cutOff = new Map(files).set(shard, files.get(shard)!.subarray(0, 1000));
    expect(() => readGraphModel(cutOff)).toThrow(/1000 bytes; model\.json needs/);
    const missing = new Map([...files].filter(([name]) => name !== shard));
    expect(() => readGraphModel(missing)).toThrow(/needs the file .*, which is not there/);
    const json = Buffer.from(files.get('model.json')!).toString();
    const huge = new Map(files).set('model.json', Buffer.from(json.replace('"shape": [3, 3, 3, 8]', '"shape": [3000000, 3000000, 3000000, 8]'))); // prettier-ignore
    expect(() => readGraphModel(huge)).toThrow(/bytes; model\.json needs 864000000000000000000/);
    const layers = new Map(files).set('model.json', Buffer.from('{"modelTopology": {"class_name": "Sequential"}}'));
    expect(() => readGraphModel(layers)).toThrow(/no TF\.js graph model/);
  });
});

const list = (...texts: string[]) => ({ list: { s: texts.map((text) => Buffer.from(text).toString('base64')) } });

function find(nodes: GraphJson['modelTopology']['node'], op: string) {
  const found = nodes.find((node) => node.op === op);
  if (!found) throw new Error(`The fixture has no ${op}`);
  return found;
}

/** Loads a model as the package does from `modelUrl`, but out of memory. */
function loadMobileNet(files: Files, version: 1 | 2): Promise<mobilenet.MobileNet> {
  const model = JSON.parse(Buffer.from(files.get('model.json')!).toString()) as tf.io.ModelJSON; // as: the converter's form
  const [group] = model.weightsManifest;
  const weights = Buffer.concat(group!.paths.map((path) => files.get(path)!));
  const handler = tf.io.fromMemorySync({
    modelTopology: model.modelTopology,
    weightSpecs: group!.weights,
    weightData: new Uint8Array(weights).buffer,
  });
  return mobilenet.load({ version, alpha: 1, modelUrl: handler as unknown as string, inputRange: [0, 1] }); // as: it hands it to loadGraphModel, which takes both
}
