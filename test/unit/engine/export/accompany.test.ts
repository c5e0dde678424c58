import fc from 'fast-check';
import { expect, test } from 'vitest';
import { companions } from '../../../../src-main/engine/export/accompany.ts';
import { labelsText } from '../../../../src-main/engine/export/labels.ts';
import type { Check } from '../../../../src-main/engine/export/verify.ts';
import type { Classifier } from '../../../../src-main/engine/network/classifier.ts';
import { smallClassifier } from '../../../helpers/classifiers.ts';

const CHECK: Check = { agreement: { same: 153, of: 153 }, maxAbsDifference: 0.00000312, uncheckedCount: 0 };

/** Where Python's str.splitlines, the most eager of readers, breaks lines. */
const LINE_BREAKS = '\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029';

async function textOf(
  name: string,
  overrides: Partial<Classifier> = {},
  format: 'onnx' | 'tfjs' = 'onnx',
  check = CHECK,
) {
  const files = await companions(smallClassifier(overrides), format, check);
  return String(files.find((file) => file.name === name)?.content);
}

test('labels.txt holds one class a line, also where names hold commas, quotes, Hangul or line breaks', () => {
  expect(labelsText(['a, "b"', "it's", '고양이', 'two\nlines', 'three\r\nlines\u2028here', ' spaces '])).toBe(
    'a, "b"\nit\'s\n고양이\ntwo lines\nthree lines here\n spaces \n',
  );
});

test('line n of labels.txt is class n, whatever the names', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 5 }), (labels) => {
      const text = labelsText(labels);
      expect([...text].filter((character) => LINE_BREAKS.includes(character))).toEqual(labels.map(() => '\n'));
    }),
  );
});

test('preprocessing.json holds the exact names and the rule, in words and in values', async () => {
  const labels = ['two\nlines', '고양이', '"q"'];
  const rule = JSON.parse(await textOf('preprocessing.json', { labels }, 'tfjs')) as Record<string, unknown>;
  expect(rule).toEqual({
    labels,
    steps: expect.any(Array) as string[],
    page: 'first',
    orientation: 'exif-upright',
    colour: 'srgb-8-bit',
    background: '#ffffff',
    resize: 'shorter-side',
    kernel: 'triangle-antialiased',
    crop: 'centre-square',
    channels: 'rgb',
    size: [33, 33],
    layout: 'NHWC',
    shape: ['batch', 33, 33, 3],
    dtype: 'float32',
    range: [0, 255],
    normalisation: { insideModel: true, rule: '(pixel - mean) * scale', mean: 127, scale: 1 / 60 },
  });
  expect(JSON.parse(await textOf('preprocessing.json'))).toMatchObject({
    layout: 'NCHW',
    shape: ['batch', 3, 33, 33],
  });
});

test('the README says what it is, how good, how far it agrees, and whose the backbone is', async () => {
  const provenance = {
    accuracy: 0.9412,
    interval: { low: 0.892, high: 0.9688 },
    imageCount: 153,
    split: 'validation',
    choseBestEpoch: true,
  };
  const text = await textOf('README.md', { provenance });
  expect(text).toContain('0. `ant`\n1. `bee`\n2. `wasp`');
  expect(text).toContain('Accuracy 94.1 % (95 % range 89.2–96.9 %), measured on 153 validation pictures.');
  expect(text).toContain('The same pictures chose the best epoch');
  expect(text).toContain('on 153 of 153 validation pictures; the largest difference of a probability is 3.1e-6.');
  expect(text).toContain('licensed under Apache-2.0');
  expect(text).toContain('float32 [batch, 3, 33, 33]');
  expect(text).not.toContain('undefined');
});

const COUNTS = { training: [30, 20, 10], validation: [6, 4, 2], test: [3, 2, 1] };

test('the model card has front matter, the pictures by class and split, metrics, the way of a picture and limits', async () => {
  const provenance = {
    accuracy: 0.9412,
    interval: { low: 0.892, high: 0.9688 },
    imageCount: 153,
    split: 'test',
    choseBestEpoch: false,
    countsBySplit: COUNTS,
  };
  const card = await textOf('MODEL_CARD.md', { provenance });
  const [, front = '', body = ''] = card.split('---\n');
  expect(front.split('\n')).toEqual([
    'license: apache-2.0',
    'pipeline_tag: image-classification',
    'tags:',
    '  - image-classification',
    '  - fovea',
    'model-index:',
    '  - name: "Image classifier on every_node"',
    '    results:',
    '      - task:',
    '          type: image-classification',
    '        dataset:',
    '          name: "pictures of the user\'s own"',
    '          type: private',
    '          split: test',
    '        metrics:',
    '          - type: accuracy',
    '            value: 0.9412',
    '',
  ]);
  expect(body).toContain('| 1 | `bee` | 20 | 4 | 2 |\n| 2 | `wasp` | 10 | 2 | 1 |\n| | all | 60 | 12 | 6 |');
  expect(body).toContain('Accuracy 94.1 % (95 % range 89.2–96.9 %), measured on 153 test pictures.');
  expect(body).toContain('on 153 of 153 validation pictures');
  expect(body).toContain('1. Decode the picture');
  expect(body).toContain('Its smallest class was learned from 10 pictures.');
  for (const part of [
    'Intended use',
    'Classes and pictures',
    'Metrics',
    'How the file was checked',
    'Limitations',
    'Licence',
  ])
    expect(body).toContain(`## ${part}\n`);
});

test('a model card of an older model says what was not recorded', async () => {
  const card = await textOf('MODEL_CARD.md');
  expect(card).toContain('How many pictures of each it learned from was not recorded.');
  expect(card).toContain('Its accuracy was not recorded.');
  expect(card).not.toContain('model-index');
});

test('names with pipes, quotes, line breaks and Hangul stay names in the card, and a thousand do not bury it', async () => {
  const few = await textOf('MODEL_CARD.md', {
    labels: ['a | b', 'two\nlines, "q"', '고양이'],
    provenance: { countsBySplit: COUNTS },
  });
  expect(few).toContain(
    '| 0 | `a \\| b` | 30 | 6 | 3 |\n| 1 | `two lines, "q"` | 20 | 4 | 2 |\n| 2 | `고양이` | 10 | 2 | 1 |',
  );
  const labels = Array.from({ length: 1000 }, (_, index) => `class ${index}`);
  const training = labels.map(() => 3);
  const many = await textOf('MODEL_CARD.md', {
    labels,
    provenance: { countsBySplit: { training, validation: training, test: training } },
  });
  expect(many).toContain(
    '| 49 | `class 49` | 3 | 3 | 3 |\n| | all | 3000 | 3000 | 3000 |\n\n… and 950 more, in labels.txt.',
  );
});

test.each([
  ['Apache-2.0', /licensed under Apache-2\.0:\s+Apache License\s+Version 2\.0.*END OF TERMS AND CONDITIONS/s],
  ['MIT', /licensed under MIT:\n\nPermission is hereby granted, free of charge.*WITHOUT WARRANTY OF ANY KIND/s],
  ['BSD-3-Clause', /licensed under BSD-3-Clause\. Its text: https:\/\/spdx\.org\/licenses\/BSD-3-Clause\.html/],
  ['unknown', /Under which licence is not recorded\. Find out before you pass the model on/],
])('LICENCE.txt for %s says whose the backbone is, that it was changed, and the terms', async (licence, terms) => {
  const text = await textOf('LICENCE.txt', { licence, backbone: 'mobilenet_v1_0.75_224' });
  expect(text).toContain('MobileNet V1 0.75 (mobilenet_v1_0.75_224), published by Google.');
  expect(text).toContain('The weights have been changed');
  expect(text).toMatch(terms);
});

test('a network from scratch brings no licence of others', async () => {
  const files = await companions(smallClassifier({ backbone: 'scratch' }), 'onnx', CHECK);
  expect(files.map(({ name }) => name)).not.toContain('LICENCE.txt');
  expect(String(files.find(({ name }) => name === 'README.md')?.content)).toContain('It holds no weights of others.');
});

test.each([
  [98, false],
  [99, true],
])('of 100 pictures, %i alike make a README that trusts the file: %s', async (same, isTrusted) => {
  const text = await textOf('README.md', {}, 'tfjs', { ...CHECK, agreement: { same, of: 100 } });
  expect(text.includes('Do not rely on this file')).toBe(!isTrusted);
});

test('names that are Markdown themselves stay names in the README', async () => {
  const text = await textOf('README.md', { labels: ['`code`', '# title\n\n- item', '<b>'] });
  expect(text).toContain('0. `` `code` ``\n1. `# title  - item`\n2. `<b>`');
});

test('a thousand classes do not bury the README', async () => {
  const labels = Array.from({ length: 1000 }, (_, index) => `class ${index}`);
  const text = await textOf('README.md', { labels });
  expect(text).toContain('… and 950 more, in labels.txt.');
  expect(text.length).toBeLessThan(4000);
});
