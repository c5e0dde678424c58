import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeModel } from '../../../../src-main/engine/backbones/describe-model.ts';
import { importNetwork } from '../../../../src-main/engine/backbones/import-network.ts';
import { readKerasModel } from '../../../../src-main/engine/backbones/keras-file.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { patternPixels } from '../../../helpers/pattern-pixels.ts';
import { relativeError } from '../../../helpers/random-network.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

const folder = join(repositoryRoot, 'test', 'fixtures', 'keras');
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
const SIZE = 64;

beforeAll(loadTestBackend);

describe('a Keras model', () => {
  const references = JSON.parse(readFileSync(join(folder, 'embeddings.json'), 'utf8')) as Record<string, string>;

  test.each([
    ['v1.keras', 'conv_pw_12', 51],
    ['v1-no-top.h5', 'conv_pw_12', 51],
    ['v2.h5', 'block_16_project', 1280],
  ])("%s gives Keras' embedding, and says its size, features and a cut", async (name, cut, featureCount) => {
    const files = new Map([[name, bytesOf(name)]]);
    const facts = await describeModel(files);
    expect(facts).toMatchObject({ kind: 'keras', imageSize: SIZE, mean: 127.5, featureCount });
    const network = await importNetwork('keras', files, facts);
    const embedding = tf.tidy(() => forward(network, tf.tensor4d(patternPixels(SIZE), [1, SIZE, SIZE, 3], 'int32')).dataSync()); // prettier-ignore
    const reference = new Float32Array(new Uint8Array(Buffer.from(references[name] ?? '', 'base64')).buffer);
    expect(relativeError(embedding, reference)).toBeLessThan(1e-5);
    expect(network.nodes.map((node) => node.name)).toContain(cut);
  });

  test.each(['lambda.keras', 'lambda.h5'])('%s is refused for its Lambda, which is never run', async (name) => {
    await expect(readKerasModel(bytesOf(name))).rejects.toThrow(/"doubled" is a Lambda: a program/);
  });

  test('that is cut off, or something else, is refused with the reason', async () => {
    await expect(readKerasModel(bytesOf('v2.h5').subarray(0, 200_000))).rejects.toThrow('it is no whole HDF5 file');
    await expect(readKerasModel(bytesOf('v1.keras').subarray(0, 100_000))).rejects.toThrow('it is a damaged zip file');
    await expect(readKerasModel(strToU8('\x80\x04\x95 a pickle'))).rejects.toThrow('it is no whole HDF5 file');
    await expect(readKerasModel(zipSync({ 'other.txt': strToU8('') }))).rejects.toThrow('holds no config.json');
    const { 'model.weights.h5': weights = new Uint8Array() } = unzipSync(bytesOf('v1.keras'));
    await expect(readKerasModel(weights)).rejects.toThrow('weights without a model');
  });

  test('whose layers and weights do not belong together is refused, naming the layer', async () => {
    const files = unzipSync(bytesOf('v1.keras'));
    const edited = async (edit: (config: string) => string) => {
      const config = strToU8(edit(strFromU8(files['config.json']!)));
      const model = zipSync({ ...files, 'config.json': config }, { level: 0 });
      return importNetwork('keras', new Map([['model.keras', model]]), {
        imageSize: SIZE,
        mean: 127.5,
        scale: 1 / 127.5,
      });
    };
    await expect(edited((config) => config.slice(0, 1000))).rejects.toThrow(/not whole JSON/);
    await expect(edited(() => '{"class_name": "Functional"}')).rejects.toThrow(/none of a Keras model/);
    await expect(edited((config) => config.replace('"class_name": "DepthwiseConv2D"', '"class_name": "Attention"'))).rejects.toThrow(/"conv_dw_1" is a Attention, which cannot be imported/); // prettier-ignore
    await expect(edited((config) => config.replace('"class_name": "ReLU"', '"class_name": "Functional"'))).rejects.toThrow(/"conv1_relu" is a Functional/); // prettier-ignore
  });
});
