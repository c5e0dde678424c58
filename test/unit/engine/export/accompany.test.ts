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
