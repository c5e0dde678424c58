import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import { loadClassifier, saveClassifier, type Classifier } from '../../../../src-main/engine/network/classifier.ts';
import { randomNetwork } from '../../../helpers/random-network.ts';

const classifier: Classifier = {
  network: randomNetwork({
    size: [8, 8],
    classes: 3,
    seed: 2,
    layers: [
      { kind: 'conv', kernel: [3, 3], stride: 2, channels: 4, activation: 'relu6' },
      { kind: 'residual', kernel: [3, 3], stride: 1, channels: 4, activation: 'relu' },
    ],
  }),
  labels: ['개미', 'bee', '__proto__'],
  backbone: 'made_up',
  imageSize: 8,
  licence: 'Apache-2.0',
  provenance: { trainedAt: '2026-01-01T00:00:00.000Z', config: { epochs: 3 }, accuracy: 0.5 },
  validation: [{ file: '/pictures/벌 1.jpg', sha256: 'ab'.repeat(32), probabilities: [0.1, 0.2, 0.7] }],
  calibration: [{ file: '/pictures/개미.jpg', sha256: 'cd'.repeat(32) }],
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-classifier-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function contents(): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')])),
  );
}
const weightsFile = async (): Promise<string> =>
  join(folder, (await readdir(folder)).find((name) => name.startsWith('weights-')) ?? 'none');

async function editHeader(edit: (header: Record<string, unknown>) => unknown): Promise<void> {
  const file = join(folder, 'fovea.json');
  const header = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify(edit(header)));
}

async function failure(): Promise<{ code: string; message: string }> {
  const error: unknown = await loadClassifier(folder).catch((caught: unknown) => caught);
  if (!(error instanceof EngineError)) throw new Error('An EngineError was expected', { cause: error });
  return { code: error.code, message: error.message };
}

describe('saveClassifier and loadClassifier', () => {
  test('give back the same classifier, to the last bit of every weight', async () => {
    await saveClassifier(folder, classifier);
    expect(await loadClassifier(folder)).toEqual(classifier);
  });

  test('write the same bytes for the same classifier', async () => {
    await saveClassifier(folder, classifier);
    const first = await contents();
    await saveClassifier(folder, classifier);
    expect(await contents()).toEqual(first);
  });

  test('make the folder, and do without check pictures', async () => {
    const { network, labels, backbone, imageSize, licence, provenance } = classifier;
    const bare: Classifier = { network, labels, backbone, imageSize, licence, provenance };
    const deep = join(folder, 'a', 'b');
    await saveClassifier(deep, bare);
    expect(await loadClassifier(deep)).toEqual(bare);
  });

  test('are read where an earlier version noted no pictures for calibration', async () => {
    await saveClassifier(folder, classifier);
    await editHeader((header) => ({ ...header, calibration: undefined })); // not written by JSON
    expect(await loadClassifier(folder)).toEqual({ ...classifier, calibration: undefined });
  });

  test('replace an older model and leave the files of the user alone', async () => {
    await saveClassifier(folder, classifier);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const other = { ...classifier, network: randomNetwork({ size: [8, 8], classes: 3, seed: 9, layers: [] }) };
    await saveClassifier(folder, other);
    expect(await loadClassifier(folder)).toEqual(other);
    expect((await readdir(folder)).map((name) => name.replace(/-[0-9a-f]{16}/, '')).toSorted()).toEqual([
      'calibration.json',
      'check.json',
      'fovea.json',
      'notes.txt',
      'weights.bin',
    ]);
  });

  test('keep the older model whole while only the contents of the newer are there', async () => {
    await saveClassifier(folder, classifier);
    const header = await readFile(join(folder, 'fovea.json'));
    const oldWeights = await readFile(await weightsFile());
    const oldName = await weightsFile();
    await saveClassifier(folder, {
      ...classifier,
      network: randomNetwork({ size: [8, 8], classes: 3, seed: 9, layers: [] }),
    });
    // As if the process had ended just before the header was renamed into place.
    await writeFile(join(folder, 'fovea.json'), header);
    await writeFile(oldName, oldWeights);
    expect(await loadClassifier(folder)).toEqual(classifier);
  });

  test('refuse to save a network that does not end in one probability a label', async () => {
    await expect(saveClassifier(folder, { ...classifier, labels: ['a', 'b'] })).rejects.toThrow(/2 probabilities/);
    await expect(saveClassifier(folder, { ...classifier, imageSize: 9 })).rejects.toThrow(/pictures of 9 px/);
    const headless = { nodes: classifier.network.nodes.slice(0, -1) };
    await expect(saveClassifier(folder, { ...classifier, network: headless })).rejects.toThrow(/3 probabilities/);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('loadClassifier', () => {
  test('says which folder holds no model', async () => {
    expect(await failure()).toEqual({
      code: 'model/not-found',
      message: `There is no Fovea model in ${folder}: it has no fovea.json. Give the folder that training wrote.`,
    });
    folder = join(folder, 'absent');
    expect((await failure()).code).toBe('model/not-found');
  });

  test('says that a file is no model folder', async () => {
    const file = join(folder, 'picture.jpg');
    await writeFile(file, 'x');
    await expect(loadClassifier(file)).rejects.toMatchObject({ code: 'model/not-found' });
  });

  test.each<[string, RegExp, () => Promise<unknown>]>([
    [
      'weights cut short',
      /weights-\w+\.bin \(\d+ bytes\) is not what training wrote/,
      async () => {
        const file = await weightsFile();
        await writeFile(file, (await readFile(file)).subarray(0, 100));
      },
    ],
    [
      'a flipped bit',
      /is not what training wrote/,
      async () => {
        const file = await weightsFile();
        const bytes = await readFile(file);
        bytes[17]! ^= 1;
        await writeFile(file, bytes);
      },
    ],
    ['missing weights', /is missing or cannot be read/, async () => rm(await weightsFile())],
    [
      'half a header',
      /not whole JSON/,
      async () => {
        const file = join(folder, 'fovea.json');
        await writeFile(file, (await readFile(file)).subarray(0, 200));
      },
    ],
    ['an empty header', /not whole JSON/, () => writeFile(join(folder, 'fovea.json'), '')],
    ['a header that is another JSON', /format/, () => writeFile(join(folder, 'fovea.json'), '{"projects": []}')],
    ['a header that is null', /fovea\.json/, () => writeFile(join(folder, 'fovea.json'), 'null')],
    [
      'a newer format',
      /has format 2; this Fovea reads up to 1\. Update Fovea/,
      () => editHeader((header) => ({ ...header, formatVersion: 2 })),
    ],
    [
      'pictures read in another way',
      /trained on pictures read in way 2; this Fovea knows 1\. Update Fovea/,
      () => editHeader((header) => ({ ...header, decodeRecipe: 2 })),
    ],
    [
      'weights that lie elsewhere',
      /weights\.file/,
      () => editHeader((header) => ({ ...header, weights: { file: '../../etc/passwd', sha256: '' } })),
    ],
    [
      'a label too many',
      /does not end in 4 probabilities/,
      () => editHeader((header) => ({ ...header, labels: ['a', 'b', 'c', 'd'] })),
    ],
    ['no labels', /labels/, () => editHeader((header) => ({ ...header, labels: [] }))],
    [
      'a node of an unknown kind',
      /nodes\.1/,
      () =>
        editHeader((header) => ({
          ...header,
          nodes: [(header['nodes'] as unknown[])[0], { op: 'lstm', name: 'x', inputs: [] }],
        })),
    ],
    [
      'a weight beyond the end',
      /ends at value \d+, but there are/,
      () =>
        editHeader((header) => {
          const nodes = header['nodes'] as { bias?: { offset: number } }[];
          nodes.find(({ bias }) => bias)!.bias!.offset = 1e6;
          return header;
        }),
    ],
    [
      'check pictures that were changed',
      /check-\w+\.json .* is not what training wrote/,
      async () => {
        const name = (await readdir(folder)).find((file) => file.startsWith('check-'))!;
        await writeFile(join(folder, name), '[]');
      },
    ],
  ])('calls a model with %s damaged, and says what to do', async (_, reason, damage) => {
    await saveClassifier(folder, classifier);
    await damage();
    const { code, message } = await failure();
    expect(code).toBe('model/corrupt');
    expect(message).toMatch(reason);
    expect(message).toContain(folder);
    expect(message).toMatch(/(train it again|Update Fovea)\.$/);
  });

  test('refuses weights that are not numbers, whatever their hash', async () => {
    const [first, ...rest] = classifier.network.nodes.filter((node) => node.op !== 'input');
    const broken = { ...first!, bias: { shape: [4], values: Float32Array.of(0, NaN, 0, 0) } } as typeof first;
    await saveClassifier(folder, {
      ...classifier,
      network: { nodes: [classifier.network.nodes[0]!, broken!, ...rest] },
    });
    expect(await failure()).toMatchObject({
      code: 'model/corrupt',
      message: expect.stringMatching(/not finite/) as string,
    });
  });
});
