import { expect, test } from 'vitest';
import { EngineError } from '../../../../../src-main/contract/errors.ts';
import { companions } from '../../../../../src-main/engine/export/accompany.ts';
import { WeightBlob } from '../../../../../src-main/engine/export/formats/coreml/weight-blob.ts';
import { coreMl } from '../../../../../src-main/engine/export/formats/coreml.ts';
import { coreMlModel } from '../../../../../src-main/engine/export/formats/coreml-mlmodel.ts';
import type { Classifier } from '../../../../../src-main/engine/network/classifier.ts';
import type { NetworkNode } from '../../../../../src-main/engine/network/network.ts';
import { InvalidNetworkError } from '../../../../../src-main/engine/network/shapes.ts';
import { smallClassifier } from '../../../../helpers/classifiers.ts';

const SPECIFICATION = 'model.mlpackage/Data/com.apple.CoreML/model.mlmodel';
const WEIGHTS = 'model.mlpackage/Data/com.apple.CoreML/weights/weight.bin';
const MANIFEST = 'model.mlpackage/Manifest.json';

/** Neither format looks at a picture. */
const UNCALIBRATED = { calibrate: () => Promise.reject(new Error('Asked for a calibration')) };

interface Manifest {
  readonly itemInfoEntries: Readonly<Record<string, { readonly path: string }>>;
  readonly rootModelIdentifier: string;
}

async function write(target: typeof coreMl, classifier: Classifier) {
  const files = await target.write(classifier, UNCALIBRATED);
  return Object.fromEntries(files.map(({ name, content }) => [name, Buffer.from(content)]));
}

function withNode(change: (node: NetworkNode) => NetworkNode): Classifier {
  const { network, ...rest } = smallClassifier();
  return { ...rest, network: { nodes: network.nodes.map(change) } };
}

function withWeight(value: number): Classifier {
  return withNode((node) => {
    if (node.op !== 'dense') return node;
    const { shape, values } = node.kernel;
    return { ...node, kernel: { shape, values: values.map((old, index) => (index === 0 ? value : old)) } };
  });
}

test('the same classifier gives the same bytes, and another one other identifiers', async () => {
  const package_ = await write(coreMl, smallClassifier());
  expect(Object.keys(package_).toSorted()).toEqual([SPECIFICATION, WEIGHTS, MANIFEST]);
  expect(await write(coreMl, smallClassifier())).toEqual(package_);
  expect(await write(coreMlModel, smallClassifier())).toEqual(await write(coreMlModel, smallClassifier()));
  const other = await write(coreMl, withWeight(0.5));
  expect(other[WEIGHTS]).not.toEqual(package_[WEIGHTS]);
  expect(other[MANIFEST]).not.toEqual(package_[MANIFEST]);
});

test('the manifest leads to both parts of the package by identifiers that are UUIDs', async () => {
  const { [MANIFEST]: text } = await write(coreMl, smallClassifier());
  const { itemInfoEntries, rootModelIdentifier } = JSON.parse(String(text)) as Manifest;
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  for (const identifier of Object.keys(itemInfoEntries)) expect(identifier).toMatch(uuid);
  expect(itemInfoEntries[rootModelIdentifier]?.path).toBe('com.apple.CoreML/model.mlmodel');
  const paths = Object.values(itemInfoEntries).map(({ path }) => path);
  expect(paths.toSorted()).toEqual(['com.apple.CoreML/model.mlmodel', 'com.apple.CoreML/weights']);
});

/** As coremltools 9 wrote two float16 tensors, of 3 and of 33 values: header and records at multiples of 64. */
test("weights lie as coremltools' own writer lays them", () => {
  const blob = new WeightBlob();
  expect(blob.add(Uint16Array.of(1, 2, 3))).toBe(64);
  expect(blob.add(new Uint16Array(33).fill(7))).toBe(192);
  const bytes = Buffer.from(blob.bytes());
  const words = (from: number) => [0, 4, 8, 12, 16, 20].map((at) => bytes.readUInt32LE(from + at));
  expect(bytes.length).toBe(322);
  expect(words(0)).toEqual([2, 2, 0, 0, 0, 0]);
  expect(words(64)).toEqual([0xdeadbeef, 1, 6, 0, 128, 0]);
  expect([...new Uint16Array(bytes.buffer, bytes.byteOffset + 128, 4)]).toEqual([1, 2, 3, 0]);
  expect(words(192)).toEqual([0xdeadbeef, 1, 66, 0, 256, 0]);
});

test('a package refuses a weight beyond 16 bits and says what holds it; the mlmodel holds it', async () => {
  const refusal = await write(coreMl, withWeight(70_000)).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(EngineError);
  expect(refusal).toMatchObject({ code: 'export/unsupported', details: { format: 'coreml', largest: 70_000 } });
  expect((refusal as EngineError).message).toMatch(/"n\d+_logits_weight" is 70000\. Export to coreml-mlmodel or ONNX/);
  await expect(write(coreMl, withWeight(65_519))).resolves.toBeDefined(); // rounds to the largest that there is
  await expect(write(coreMlModel, withWeight(70_000))).resolves.toBeDefined();
});

test.each([coreMl, coreMlModel])('$words.title holds nothing that belongs to training', async (target) => {
  const training = withNode((node) =>
    node.op === 'activation'
      ? { op: 'dropout', name: node.name, inputs: node.inputs, rate: 0.5, isInverted: true }
      : node,
  );
  await expect(write(target, training)).rejects.toThrow(InvalidNetworkError);
});

test('the README says that nothing ran it, how exact it is, and what goes in and comes out', async () => {
  const target = coreMl;
  const runner = await target.reopen('', smallClassifier());
  if (!('whyNot' in runner)) throw new Error('Core ML does not run here');
  const check = { agreement: null, maxAbsDifference: null, uncheckedCount: 0, notRun: runner.whyNot };
  const files = await companions(smallClassifier(), 'coreml', check);
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['README.md', 'example.swift']));
  const text = String(files.find(({ name }) => name === 'README.md')?.content);
  for (const part of [
    "**Not run here**: Core ML runs on Apple's systems alone, and Fovea does not call it there.",
    'a picture of 33 × 33 pixels, RGB',
    '`classLabel_probs`, a dictionary from each of the 3 classes',
    "probabilities can differ from the app's by a few thousandths",
    'The sample code was not run either.',
  ])
    expect(text).toContain(part);
  expect(text).not.toContain('float32 [batch');
});
