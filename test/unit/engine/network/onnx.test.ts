import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openOnnx, type OnnxSession } from '../../../../src-main/engine/compute/onnx-runtime.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { toOnnx, type OnnxOptions } from '../../../../src-main/engine/network/onnx.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { randomNetwork, randomPixels, relativeError, type RandomLayer } from '../../../helpers/random-network.ts';

const sessions: OnnxSession[] = [];
async function open(network: Network, options: OnnxOptions): Promise<OnnxSession> {
  const session = await openOnnx(toOnnx(network, options), { threads: 1 });
  sessions.push(session);
  return session;
}

function toPlanes(pixels: Uint8Array, [batch, height, width]: readonly [number, number, number]): Float32Array {
  const planes = tf.transpose(tf.tensor4d(pixels, [batch, height, width, 3], 'int32'), [0, 3, 1, 2]);
  return Float32Array.from(planes.dataSync());
}

/**
 * Strides up to the kernel. Beyond it, with zeros on the other axis, tfjs' WebAssembly backend answers wrongly where its
 * plain one, TensorFlow and ONNX Runtime agree (4.22: [1, 2] as 2×1, kernel [10, 100] as 1×2, stride 2: 0 and not 10).
 * No backbone has such a layer.
 */
const layer: fc.Arbitrary<RandomLayer> = fc
  .record({
    kind: fc.constantFrom('conv', 'depthwise', 'residual'),
    kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    stride: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 9 }),
    activation: fc.constantFrom('relu', 'relu6', null),
  })
  .map((drawn) => ({ ...drawn, stride: Math.min(drawn.stride, ...drawn.kernel) }));
const networkOptions = fc.record({
  size: fc.tuple(fc.integer({ min: 1, max: 17 }), fc.integer({ min: 1, max: 17 })),
  layers: fc.array(layer, { minLength: 1, maxLength: 5 }),
  classes: fc.integer({ min: 1, max: 5 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

beforeAll(loadTestBackend);
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.dispose()));
  tf.disposeVariables();
});

describe('toOnnx', () => {
  test('gives in ONNX Runtime what the tfjs walk gives, for any kernels, strides and sizes', async () => {
    await fc.assert(
      fc.asyncProperty(networkOptions, fc.constantFrom('uint8-nhwc', 'float32-nchw'), async (options, pixelForm) => {
        const network = randomNetwork(options);
        const [height, width] = options.size;
        const pixels = randomPixels(options.seed, 2 * height * width * 3);
        // Before the softmax, which would hide errors.
        const reference = tf.tidy(() =>
          forward(network, tf.tensor4d(pixels, [2, height, width, 3], 'int32'), { until: 'logits' }).dataSync(),
        );
        const upToLogits = { nodes: network.nodes.slice(0, -1) };
        const session = await open(upToLogits, { pixels: pixelForm });
        const logits =
          pixelForm === 'uint8-nhwc'
            ? await session.run(pixels, [2, height, width, 3])
            : await session.run(toPlanes(pixels, [2, height, width]), [2, 3, height, width]);
        expect(relativeError(logits, reference)).toBeLessThan(1e-4);
      }),
      { numRuns: 100, seed: 20 },
    );
  });

  test('gives the picture after a convolution as planes, padded as worked out by hand', async () => {
    const network: Network = {
      nodes: [
        { op: 'input', name: 'pixels', inputs: [], shape: [4, 4, 1], mean: 1, scale: 2 },
        {
          op: 'conv2d',
          name: 'sum',
          inputs: ['pixels'],
          stride: 2,
          kernel: {
            shape: [3, 3, 1, 2],
            values: Float32Array.from({ length: 18 }, (_, index) => (index % 2 ? 10 : 1)),
          },
          bias: { shape: [2], values: Float32Array.of(100, 0) },
        },
      ],
    };
    const session = await open(network, { pixels: 'float32-nchw' });
    const picture = Float32Array.from({ length: 16 }, (_, index) => index / 2 + 1.5); // becomes 1…16
    expect([...(await session.run(picture, [1, 1, 4, 4]))]).toEqual([154, 145, 172, 154, 540, 450, 720, 540]);
  });

  test('gives a picture after a convolution as tfjs orders it, if asked', async () => {
    await fc.assert(
      fc.asyncProperty(networkOptions, async (options) => {
        const whole = randomNetwork(options);
        const network = { nodes: whole.nodes.slice(0, -3) }; // up to the pooling
        const [height, width] = options.size;
        const pixels = randomPixels(options.seed, 2 * height * width * 3);
        const reference = tf.tidy(() =>
          forward(network, tf.tensor4d(pixels, [2, height, width, 3], 'int32')).dataSync(),
        );
        fc.pre(reference.some((value) => value !== 0)); // a ReLU may leave nothing to compare
        const session = await open(network, { pixels: 'uint8-nhwc', output: 'float32-nhwc' });
        expect(relativeError(await session.run(pixels, [2, height, width, 3]), reference)).toBeLessThan(1e-4);
      }),
      { numRuns: 50, seed: 21 },
    );
  });

  test('writes a model of any batch size that names its input, output and metadata', async () => {
    const network = randomNetwork({
      size: [6, 5],
      layers: [{ kind: 'conv', kernel: [3, 3], stride: 2, channels: 4, activation: 'relu6' }],
      classes: 3,
      seed: 1,
    });
    const metadata = { labels: '["개미","벌","🐝"]' };
    const bytes = toOnnx(network, { pixels: 'float32-nchw', metadata });
    const session = await open(network, { pixels: 'float32-nchw', metadata });
    for (const batch of [1, 3])
      expect(await session.run(new Float32Array(batch * 3 * 6 * 5), [batch, 3, 6, 5])).toHaveLength(batch * 3);

    // Read back with field numbers of its own, as another reader would.
    const { root } = protobuf.parse(
      `syntax = "proto3"; message Entry { string key = 1; string value = 2; } message Opset { optional string domain = 1; int32 version = 2; }
       message Dim { int32 dim_value = 1; string dim_param = 2; } message Shape { repeated Dim dim = 1; }
       message Tensor { int32 elem_type = 1; Shape shape = 2; } message Type { Tensor tensor_type = 1; string denotation = 6; }
       message Value { string name = 1; Type type = 2; } message Graph { repeated Value input = 11; repeated Value output = 12; }
       message Model { int32 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated Opset opset_import = 8; repeated Entry metadata_props = 14; }`,
      { keepCase: true },
    );
    const type = root.lookupType('Model');
    expect(type.toObject(type.decode(bytes))).toEqual({
      ir_version: 8,
      producer_name: 'fovea',
      opset_import: [{ domain: '', version: 17 }],
      metadata_props: [{ key: 'labels', value: '["개미","벌","🐝"]' }],
      graph: {
        input: [
          {
            name: 'image',
            type: {
              denotation: 'IMAGE',
              tensor_type: {
                elem_type: 1,
                shape: { dim: [{ dim_param: 'batch' }, { dim_value: 3 }, { dim_value: 6 }, { dim_value: 5 }] },
              },
            },
          },
        ],
        output: [
          {
            name: 'probabilities',
            type: { tensor_type: { elem_type: 1, shape: { dim: [{ dim_param: 'batch' }, { dim_value: 3 }] } } },
          },
        ],
      },
    });
  });

  test('refuses a network that cannot run, and a node with the name of the input', () => {
    expect(() => toOnnx({ nodes: [] }, { pixels: 'uint8-nhwc' })).toThrow(/at least its input/);
    const input = { op: 'input', name: 'pixels', inputs: [], shape: [2, 2, 3], mean: 0, scale: 1 } as const;
    expect(() => toOnnx({ nodes: [input] }, { pixels: 'uint8-nhwc' })).toThrow(/nothing to write/);
    expect(() => toOnnx({ nodes: [{ ...input, name: 'image' }] }, { pixels: 'uint8-nhwc' })).toThrow(/named "image"/);
  });
});
