// @ts-check
/**
 * Our whole pipeline where decoded pixels lie in the cache (read, checked, run, stored), and a bare onnxruntime-node loop on
 * ready tensors with the default options: the same network, each from opening it to the last picture.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { DEFAULT_AUGMENT_SETTINGS } from '../../src-main/contract/augment.ts';
import { loadBackbone } from '../../src-main/engine/backbones/catalogue.ts';
import { openActivationCache } from '../../src-main/engine/features/activation-cache.ts';
import { storeActivations } from '../../src-main/engine/features/activations.ts';
import { openPixels } from '../../src-main/engine/features/tables.ts';
import { trunkOf } from '../../src-main/engine/features/trunk.ts';
import { toOnnx } from '../../src-main/engine/network/onnx.ts';
import { alternate, answer, noise, programArguments } from './rounds.js';

const BATCH_SIZE = 32;

const [{ backbone: id, batches, repeats, folder }] = programArguments();
const backbone = await loadBackbone(id);
const { imageSize } = backbone;
const trunk = trunkOf(backbone, null, 'float32');
const model = toOnnx(trunk.network, { pixels: 'uint8-nhwc' });
const batch = noise(BATCH_SIZE, imageSize);

const pictures = Array.from({ length: BATCH_SIZE * batches }, (_, index) => ({
  file: `${index}.jpg`, // never opened
  sha256: createHash('sha256').update(String(index)).digest('hex'),
  variantCount: 1,
}));
const kept = await openPixels(await openActivationCache({ folder: join(folder, 'pixels') }), imageSize);
const pictureLength = imageSize * imageSize * 3;
for (const [index, { sha256 }] of pictures.entries()) {
  const start = (index % BATCH_SIZE) * pictureLength;
  kept.append([sha256], batch.subarray(start, start + pictureLength));
}
await kept.seal();

let run = 0;
const rounds = await alternate(repeats, {
  ours: async () => {
    const cache = await openActivationCache({ folder: join(folder, `run-${run++}`) }); // holds nothing yet
    const augmenting = { settings: DEFAULT_AUGMENT_SETTINGS, seed: 0 };
    const stored = await storeActivations(pictures, trunk, { cache, augmenting, kept });
    await stored.close();
    if (stored.computedCount !== pictures.length || stored.unreadable.length > 0 || stored.decodedCount > 0)
      throw new Error(`${stored.computedCount} of ${pictures.length} were computed, ${stored.decodedCount} decoded`);
  },
  bare: async () => {
    const session = await InferenceSession.create(model);
    const shape = [BATCH_SIZE, imageSize, imageSize, 3];
    const feeds = { [session.inputNames[0] ?? '']: new Tensor('uint8', batch, shape) };
    for (let index = 0; index < batches; index++) await session.run(feeds);
    await session.release();
  },
});
answer(rounds.map(({ ours = NaN, bare = NaN }) => ({ ours: pictures.length / ours, peer: pictures.length / bare })));
