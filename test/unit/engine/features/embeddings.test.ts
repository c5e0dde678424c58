import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackbone, type Backbone } from '../../../../src-main/engine/backbones/catalogue.ts';
import { openRunner } from '../../../../src-main/engine/features/runner.ts';
import { forward } from '../../../../src-main/engine/network/tfjs.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';
import { patternPixels } from '../../../helpers/pattern-pixels.ts';
import { randomNetwork, randomPixels, relativeError } from '../../../helpers/random-network.ts';
import { repositoryRoot, shared } from '../../../helpers/shared.ts';

interface Reference {
  readonly pictures: readonly { readonly picture: string; readonly pixelsSha256: string; readonly embedding: string }[];
}

async function installed(id: string): Promise<Backbone | null> {
  return loadBackbone(id).catch((error: Error) => {
    process.stderr.write(`Skipping the reference embeddings of ${id}: ${error.message}\n`);
    return null;
  });
}

/** The middle of a picture, as test/fixtures/embeddings/write-pixels.js cuts it. */
async function middlePixels(file: string, size: number): Promise<Uint8Array> {
  const source = sharp(file);
  const { width, height } = await source.metadata();
  const middle = { left: (width - size) >> 1, top: (height - size) >> 1, width: size, height: size };
  return source.extract(middle).raw().toBuffer();
}

beforeAll(loadTestBackend);

const IDS = ['mobilenet_v1_0.75_224', 'efficientnet_lite0', 'efficientnet_lite1', 'efficientnet_lite2'];

describe.each(IDS)('the embedding of %s', async (id) => {
  const backbone = await installed(id);
  const data = shared('data');
  const fixture = join(repositoryRoot, 'test', 'fixtures', 'embeddings', `${id}.json`);
  const { pictures } = JSON.parse(readFileSync(fixture, 'utf8')) as Reference;

  test.skipIf(!backbone).for(pictures)(
    'of $picture is that of the reference, from ONNX Runtime and from tfjs',
    async ({ picture, pixelsSha256, embedding }, { skip }) => {
      if (picture !== 'pattern' && data === null) skip('needs ../shared/data');
      const { network, featureCount, imageSize: size } = backbone!;
      const pixels = picture === 'pattern' ? patternPixels(size) : await middlePixels(join(data!, picture), size);
      expect(
        createHash('sha256').update(pixels).digest('hex'),
        'This machine decodes the picture to other pixels than the reference saw: make the references again (test/fixtures/embeddings/README.md)',
      ).toBe(pixelsSha256);
      const reference = new Float32Array(new Uint8Array(Buffer.from(embedding, 'base64')).buffer);
      expect(reference).toHaveLength(featureCount);

      const runner = await openRunner(network);
      const fromOnnx = await runner.run(pixels, 1);
      await runner.dispose();
      const input = tf.tensor4d(pixels, [1, size, size, 3], 'int32');
      const output = forward(network, input);
      const fromTfjs = await output.data();
      tf.dispose([input, output]);
      const errors = [
        relativeError(fromOnnx, reference),
        relativeError(fromTfjs, reference),
        relativeError(fromOnnx, fromTfjs),
      ];
      expect(Math.max(...errors)).toBeLessThan(1e-4);
    },
  );
});

describe('openRunner', () => {
  const network = randomNetwork({
    size: [9, 9],
    classes: 3,
    seed: 4,
    layers: [{ kind: 'conv', kernel: [3, 3], stride: 2, channels: 5, activation: 'relu6' }],
  });
  const pictureLength = 9 * 9 * 3;

  test('gives a picture the same values alone and in a batch', async () => {
    const runner = await openRunner(network);
    const pixels = randomPixels(6, 5 * pictureLength);
    const together = await runner.run(pixels, 5);
    expect([runner.outputCount, together.length]).toEqual([3, 15]);
    for (let index = 0; index < 5; index++) {
      const alone = await runner.run(pixels.subarray(index * pictureLength, (index + 1) * pictureLength), 1);
      expect(relativeError(alone, together.subarray(index * 3, index * 3 + 3))).toBeLessThan(1e-6);
    }
    await runner.dispose();
  });

  test('does not keep a batch: the buffer can be filled again', async () => {
    const runner = await openRunner(network);
    const pixels = randomPixels(6, pictureLength);
    const first = await runner.run(pixels, 1);
    const kept = [...first];
    pixels.fill(0);
    await runner.run(pixels, 1);
    expect([...first]).toEqual(kept);
    await runner.dispose();
  });
});
