import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultBackboneId, loadBackbone } from '../../../../src-main/engine/backbones/catalogue.ts';

const modelJson = JSON.stringify({
  modelTopology: {
    class_name: 'Sequential',
    config: [
      {
        class_name: 'Conv2D',
        config: { name: 'conv1', padding: 'same', strides: [2, 2], activation: 'relu6' },
      },
      { class_name: 'GlobalAveragePooling2D', config: { name: 'gap' } },
    ],
  },
  weightsManifest: [{ paths: ['shard'], weights: [{ name: 'conv1/kernel', shape: [1, 1, 3, 2], dtype: 'float32' }] }],
});
const files: Record<string, Buffer> = {
  'model.json': Buffer.from(modelJson),
  shard: Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
};
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let root: string;
let places: { app: string; added: string };
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fovea-catalogue-'));
  places = { app: root, added: join(root, 'added') };
  await mkdir(join(root, 'assets'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const entry = (id: string, defaultRank: number, changes: object = {}) => ({
  id,
  title: id.toUpperCase(),
  kind: 'tfjs-layers',
  licence: 'MIT',
  imageSize: 8,
  mean: 127.5,
  scale: 0.5,
  featureCount: 2,
  cut: 'conv1',
  defaultRank,
  parameterCount: 6,
  source: { kind: 'https', folder: 'https://example.org/' },
  files: Object.entries(files).map(([path, bytes]) => ({ path, sha256: sha256(bytes), bytes: bytes.length })),
  ...changes,
});

async function writeCatalogue(...backbones: object[]): Promise<void> {
  await writeFile(join(root, 'assets', 'catalogue.json'), JSON.stringify({ version: 1, backbones }));
}

async function install(id: string): Promise<string> {
  const folder = join(root, 'assets', 'backbones', id);
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

describe('loadBackbone', () => {
  test('gives the network with the scaling of the catalogue', async () => {
    await writeCatalogue(entry('tiny', 1));
    await install('tiny');
    const { network, ...rest } = await loadBackbone('tiny', places);
    const facts = { id: 'tiny', title: 'TINY', imageSize: 8, featureCount: 2, cut: 'conv1', licence: 'MIT' };
    const contentHash = sha256(Buffer.from(Object.values(files).map(sha256).join()));
    expect(rest).toEqual({ ...facts, contentHash });
    expect(network.nodes.map(({ op }) => op)).toEqual(['input', 'conv2d', 'activation', 'globalAveragePool']);
    expect(network.nodes[0]).toMatchObject({ shape: [8, 8, 3], mean: 127.5, scale: 0.5 });
    expect(network.nodes[1]).toMatchObject({ kernel: { values: Float32Array.of(1, 2, 3, 4, 5, 6) }, stride: 2 });
  });

  test('names the backbones that there are, if asked for another', async () => {
    await writeCatalogue(entry('one', 2), entry('two', 1));
    await expect(loadBackbone('vgg', places)).rejects.toMatchObject({
      code: 'backbone/unknown',
      message: 'There is no backbone "vgg"; choose one of: one, two.',
    });
  });

  test('says how to install one that is missing, whole or in part', async () => {
    await writeCatalogue(entry('tiny', 1));
    const missing = {
      code: 'backbone/missing',
      message: expect.stringMatching(/npm run setup.*FOVEA_BACKBONES/) as string,
    };
    await expect(loadBackbone('tiny', places)).rejects.toMatchObject(missing);
    await rm(join(await install('tiny'), 'shard'));
    await expect(loadBackbone('tiny', places)).rejects.toMatchObject(missing);
  });

  test('never trusts a file whose hash is another', async () => {
    await writeCatalogue(entry('tiny', 1));
    const shard = join(await install('tiny'), 'shard');
    const bytes = await readFile(shard);
    bytes[0]! ^= 1;
    await writeFile(shard, bytes);
    await expect(loadBackbone('tiny', places)).rejects.toMatchObject({
      code: 'backbone/corrupt',
      message:
        'The installed TINY is damaged: shard (24 bytes) is not the published file. Run "npm run setup" or "fovea backbones add tiny" to install it again.',
    });
  });

  test('refuses files that the catalogue describes wrongly', async () => {
    await writeCatalogue(entry('tiny', 1, { featureCount: 3 }), entry('torch', 2, { kind: 'efficientnet-lite' }));
    await install('tiny');
    await install('torch');
    await expect(loadBackbone('tiny', places)).rejects.toMatchObject({
      code: 'backbone/corrupt',
      message: expect.stringContaining('gives 2 features, not 3') as string,
    });
    await expect(loadBackbone('torch', places)).rejects.toMatchObject({
      code: 'backbone/corrupt',
      message: expect.stringContaining('pickle') as string,
    });
  });
});

describe('defaultBackboneId', () => {
  test('is the installed backbone of the lowest rank', async () => {
    await writeCatalogue(entry('second', 2), entry('first', 1), entry('third', 3));
    await install('third');
    expect(await defaultBackboneId(places)).toBe('third');
    await install('second');
    expect(await defaultBackboneId(places)).toBe('second');
    await install('first');
    expect(await defaultBackboneId(places)).toBe('first');
    await writeFile(join(root, 'assets', 'backbones', 'first', 'shard'), 'half');
    expect(await defaultBackboneId(places)).toBe('second');
  });

  test('says how to install one where there is none', async () => {
    await writeCatalogue(entry('one', 1), entry('two', 2));
    await expect(defaultBackboneId(places)).rejects.toMatchObject({
      code: 'backbone/missing',
      message: expect.stringMatching(
        /No pretrained backbone is installed \(known: one, two\).*npm run setup/,
      ) as string,
    });
  });
});
