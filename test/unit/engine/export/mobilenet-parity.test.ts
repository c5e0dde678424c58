import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as mobilenet from '@tensorflow-models/mobilenet';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { readGraphModel } from '../../../../src-main/engine/backbones/tfjs-graph-file.ts';
import { tfjsGraphTrunk } from '../../../../src-main/engine/backbones/tfjs-graph.ts';
import { tfjsGraph } from '../../../../src-main/engine/export/formats/tfjs-graph.ts';
import { smallHead, withHead } from '../../../../src-main/engine/network/head.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { createRandom } from '../../../../src-main/engine/random.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { patternPixels } from '../../../helpers/pattern-pixels.ts';
import { relativeError } from '../../../helpers/random-network.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

const SIZE = 224;
const fixtures = join(repositoryRoot, 'test', 'fixtures', 'graph-models');

beforeAll(loadTestBackend);

test.each([1, 2] as const)(
  'an exported MobileNet V%i gives @tensorflow-models/mobilenet our embedding, and can be read again as a backbone',
  async (version) => {
    const folder = join(fixtures, `mobilenet_v${version}`, 'plain');
    const source = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
    const trunk = tfjsGraphTrunk(readGraphModel(source), { imageSize: SIZE, mean: 0, scale: 1 / 255 });
    const pixels = tf.tensor3d(patternPixels(SIZE), [SIZE, SIZE, 3], 'int32');
    const ours = forward(trunk, tf.expandDims(pixels)).dataSync();

    const labels = Array.from({ length: 1001 }, (_, index) => `class ${index}`);
    const network = withHead(trunk, smallHead(ours.length, labels.length, createRandom(1)));
    const facts = { labels, imageSize: SIZE, licence: 'Apache-2.0', provenance: {} };
    const written = await tfjsGraph.write(
      { network, backbone: `mobilenet_v${version}_1.0_224`, ...facts },
      { calibrate: () => Promise.reject(new Error('Nothing is calibrated')) },
    );
    const files = new Map(written.map(({ name, content }) => [name, Buffer.from(content)]));

    const model = JSON.parse(files.get('model.json')!.toString()) as tf.io.ModelJSON; // as: our own form is TF.js' own
    const [group] = model.weightsManifest;
    const weightData = new Uint8Array(Buffer.concat(group!.paths.map((path) => files.get(path)!))).buffer;
    const { modelTopology, signature } = model;
    const handler = tf.io.fromMemorySync({
      modelTopology,
      signature: signature!,
      weightSpecs: group!.weights,
      weightData,
    });
    const modelUrl = handler as unknown as string; // as: the package hands it to loadGraphModel, which takes both
    const loaded = await mobilenet.load({ version, alpha: 1, modelUrl, inputRange: [0, 255] });
    expect(relativeError(await loaded.infer(pixels, true).data(), ours)).toBeLessThan(1e-4);

    const again = tfjsGraphTrunk(readGraphModel(files), { imageSize: SIZE, mean: 0, scale: 1 });
    expect(relativeError(forward(again, tf.expandDims(pixels)).dataSync(), ours)).toBeLessThan(1e-5);
  },
);
