import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openExplainer, strengthsOf } from '../../../../src-main/engine/evaluate/heat-map.ts';
import { classifyPictures } from '../../../../src-main/engine/evaluate/classify.ts';
import {
  colourStrengths,
  encodeOverlay,
  encodeUnderOverlay,
  enlargeStrengths,
} from '../../../../src-main/engine/images/heat-overlay.ts';
import { INFERNO } from '../../../../src-main/engine/images/inferno.ts';
import sharp from 'sharp';
import type { Network, NetworkNode } from '../../../../src-main/engine/network/network.ts';
import { loadTestBackend, countLeakedTensors } from '../../../helpers/backend.ts';
import { backboneClassifier } from '../../../helpers/classifiers.ts';
import { installedBackbones } from '../../../helpers/cli.ts';
import { sequence, sequenceParameter } from '../../../helpers/formula.ts';
import { randomPixels, relativeError } from '../../../helpers/random-network.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

interface Fixture {
  readonly cases: readonly {
    readonly method: 'cam' | 'grad-cam';
    readonly picture: number;
    readonly logits: readonly number[];
    readonly probabilities: readonly number[];
    readonly maps: readonly (readonly number[])[];
  }[];
  readonly enlarged: readonly number[];
  readonly inferno: string;
}
const fixture = JSON.parse(
  readFileSync(join(repositoryRoot, 'test/fixtures/heat-maps/heat-maps.json'), 'utf8'),
) as Fixture; // as: written by the script beside it

const backbones = await installedBackbones();
beforeAll(loadTestBackend);

/** The network of make-heat-maps.py. */
function network(isHidden: boolean): Network {
  const weights = (seed: number, shape: readonly number[]) => ({
    kernel: sequenceParameter(seed, shape),
    bias: sequenceParameter(seed + 20, shape.slice(-1)),
  });
  const nodes: NetworkNode[] = [
    { op: 'input', name: 'pixels', inputs: [], shape: [12, 10, 3], mean: 120, scale: 1 / 60 },
    { op: 'conv2d', name: 'first', inputs: ['pixels'], stride: 2, ...weights(1, [3, 3, 3, 5]) },
    { op: 'activation', name: 'first_relu', inputs: ['first'], activation: 'relu' },
    { op: 'conv2d', name: 'second', inputs: ['first_relu'], stride: 1, ...weights(2, [1, 1, 5, 6]) },
    { op: 'activation', name: 'features', inputs: ['second'], activation: 'relu6' },
    { op: 'globalAveragePool', name: 'embedding', inputs: ['features'] },
  ];
  const hidden: NetworkNode[] = [
    { op: 'dense', name: 'hidden_1', inputs: ['embedding'], ...weights(3, [6, 7]) },
    { op: 'activation', name: 'hidden_1_tanh', inputs: ['hidden_1'], activation: 'tanh' },
    { op: 'dense', name: 'hidden_2', inputs: ['hidden_1_tanh'], ...weights(4, [7, 5]) },
    { op: 'activation', name: 'hidden_2_relu', inputs: ['hidden_2'], activation: 'relu' },
    { op: 'dense', name: 'logits', inputs: ['hidden_2_relu'], ...weights(5, [5, 3]) },
  ];
  const linear: NetworkNode[] = [{ op: 'dense', name: 'logits', inputs: ['embedding'], ...weights(3, [6, 3]) }];
  const softmax: NetworkNode = { op: 'softmax', name: 'probabilities', inputs: ['logits'] };
  return { nodes: [...nodes, ...(isHidden ? hidden : linear), softmax] };
}

const pixelsOf = (picture: number) => Uint8Array.from({ length: 360 }, (_, i) => (i * 7919 + picture * 104729) % 256);

describe.each(['cam', 'grad-cam'] as const)('%s is that of Keras', (method) => {
  const cases = fixture.cases.filter((one) => one.method === method);

  test('for every class of every picture of a batch, and so are the answers', async () => {
    const explainer = await openExplainer(network(method === 'grad-cam'));
    const both = Uint8Array.from(cases.flatMap(({ picture }) => [...pixelsOf(picture)]));
    const explained = await explainer.explain(both, cases.length);
    expect([explainer.method, explained.length]).toEqual([method, 2]);
    for (const [index, { maps, probabilities }] of cases.entries()) {
      const picture = explained[index];
      expect(relativeError(picture?.probabilities ?? [], probabilities)).toBeLessThan(1e-4);
      for (const [classNumber, expected] of maps.entries()) {
        const map = picture?.mapOf(classNumber);
        expect(map).toMatchObject({ method, height: 6, width: 5 });
        const unit = Math.max(...expected.map(Math.abs), 1e-3);
        const error = Math.max(...expected.map((value, at) => Math.abs(value - (map?.values[at] ?? NaN)))) / unit;
        expect(error).toBeLessThan(1e-4);
      }
    }
    await explainer.dispose();
  });
});

test('the mean of a class activation map and the bias are the logit', async () => {
  const explainer = await openExplainer(network(false));
  const bias = sequence(23, 3);
  for (const { picture, logits } of fixture.cases.filter(({ method }) => method === 'cam')) {
    const [explained] = await explainer.explain(pixelsOf(picture), 1);
    const found = logits.map((_, classNumber) => {
      const values = explained?.mapOf(classNumber).values ?? new Float32Array();
      return values.reduce((sum, value) => sum + value, 0) / values.length + (bias[classNumber] ?? NaN);
    });
    expect(relativeError(found, logits)).toBeLessThan(1e-5);
  }
  await explainer.dispose();
});

test('a map that is asked for costs no further pass, leaves no tensor, and must be of a class', async () => {
  const explainer = await openExplainer(network(true));
  const leaked = await countLeakedTensors(async () => {
    const [picture] = await explainer.explain(pixelsOf(1), 1);
    for (const classNumber of [0, 1, 2]) picture?.mapOf(classNumber);
    expect(() => picture?.mapOf(3)).toThrow(/no class 3: the classifier has 3/);
  });
  expect(leaked).toBe(0);
  await explainer.dispose();
});

test('a network that does not end in pooling and a head is refused', async () => {
  const { nodes } = network(false);
  await expect(openExplainer({ nodes: nodes.slice(0, -1) })).rejects.toThrow(/softmax/);
});

test('strengths are shares of the strongest place, and what speaks against the class is none', () => {
  const map = { method: 'cam' as const, height: 1, width: 4 };
  expect([...strengthsOf({ ...map, values: Float32Array.of(-2, 0, 1, 4) })]).toEqual([0, 0, 0.25, 1]);
  expect([...strengthsOf({ ...map, values: Float32Array.of(-2, -1, -3, 0) })]).toEqual([0, 0, 0, 0]);
});

describe('a map is shown', () => {
  const strengths = { height: 3, width: 4, values: sequence(3, 12).map(Math.abs) };

  test("enlarged as TensorFlow's bilinear resize does it", () => {
    expect(relativeError(enlargeStrengths(strengths, 24), fixture.enlarged)).toBeLessThan(1e-6);
  });

  test("in matplotlib's inferno, opaque in proportion to its strength", () => {
    expect(Buffer.from(INFERNO).toString('hex')).toBe(fixture.inferno);
    const rgba = colourStrengths({ height: 1, width: 1, values: Float32Array.of(0.5) }, 1);
    expect([...rgba]).toEqual([...INFERNO.subarray(128 * 3, 128 * 3 + 3), 117]); // 0.5 · 0.92 · 255
    expect([...colourStrengths({ height: 1, width: 1, values: Float32Array.of(0) }, 1)].at(-1)).toBe(0);
  });

  test('as a PNG that holds these very values, alone and over a picture', async () => {
    const rgba = colourStrengths(strengths, 24);
    const alone = await sharp(await encodeOverlay(rgba, 24))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([alone.info.channels, Buffer.compare(alone.data, rgba)]).toEqual([4, 0]);
    const pixels = randomPixels(1, 24 * 24 * 3);
    const over = await sharp(await encodeUnderOverlay(pixels, rgba, 24))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(over.info.channels).toBe(3);
    const worst = over.data.reduce((most, value, at) => {
      const pixel = Math.floor(at / 3);
      const opacity = (rgba[pixel * 4 + 3] ?? 0) / 255;
      const expected = (rgba[pixel * 4 + (at % 3)] ?? 0) * opacity + (pixels[at] ?? 0) * (1 - opacity);
      return Math.max(most, Math.abs(expected - value));
    }, 0);
    expect(worst).toBeLessThanOrEqual(1.01);
  });
});

test.skipIf(backbones.length === 0)(
  'a backbone of 224 pixels is explained in 7 × 7 cells, with the answers of prediction',
  async () => {
    for (const id of backbones) {
      const classifier = await backboneClassifier(id, ['a', 'b', 'c']);
      const file = join(repositoryRoot, 'test/fixtures/images/crop-401x320.jpg');
      const { rows } = await classifyPictures(classifier, [{ file }], {});
      const { decodeImage } = await import('../../../../src-main/engine/images/decode.ts');
      const decoded = await decodeImage(file, classifier.imageSize);
      if (!decoded.ok) throw new Error(decoded.reason);
      const explainer = await openExplainer(classifier.network);
      const [explained] = await explainer.explain(decoded.pixels, 1);
      expect(relativeError(explained?.probabilities ?? [], rows[0]?.probabilities ?? [])).toBeLessThan(1e-4);
      expect(explained?.mapOf(1)).toMatchObject({ method: 'cam', height: 7, width: 7 });
      await explainer.dispose();
    }
  },
);
