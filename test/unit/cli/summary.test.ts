import { expect, test } from 'vitest';
import { exportLines } from '../../../src-main/cli/summary.ts';
import type { ExportReport } from '../../../src-main/contract/results.ts';

const whole: ExportReport = {
  format: 'onnx',
  path: '/x/onnx',
  bytes: 7_300_000,
  agreement: { same: 153, of: 153 },
  maxAbsDifference: 0.0000031,
};
const lineOf = (changes: Partial<ExportReport>) => exportLines({ exports: [{ ...whole, ...changes }], refused: [] });

test('a file that agrees is told with its largest difference, its size and its place', () => {
  expect(lineOf({})).toEqual([
    'onnx: 153 of 153 predictions agree with the app (largest difference 3.1e-6), 7.3 MB in /x/onnx',
  ]);
});

test('what rounding costs is told with its range, and what is below 99 % is warned of with the reason', () => {
  expect(
    lineOf({
      agreement: { same: 140, of: 153 },
      maxAbsDifference: 0.41,
      accuracyDrop: { drop: 0.0784, interval: { low: 0.0364, high: 0.1339 } },
      doubt: { reason: 'rounding', layer: 'conv_pw_13' },
    }),
  ).toEqual([
    `onnx: 140 of 153 predictions agree with the app (largest difference 4.1e-1), accuracy lower by 7.8 points (95 % range of the drop 3.6 to 13.4), 7.3 MB in /x/onnx
  Do not rely on onnx: fewer than 99 % of its answers are the app's. Its numbers are rounded, too coarsely for this network. Layer "conv_pw_13" changes the answers most. Try tflite-f16.`,
  ]);
  expect(lineOf({ accuracyDrop: null })[0]).toContain('accuracy not known: the model does not say');
  expect(lineOf({ agreement: { same: 1, of: 2 }, doubt: { reason: 'fault' } })[0]).toContain('Use another format.');
});

test('what nothing here opens is said to be not run, and what cannot hold the network to be not written', () => {
  const [notRun = '', refused] = exportLines({
    exports: [{ ...whole, agreement: null, maxAbsDifference: null, notRun: 'It needs a Mac.' }],
    refused: [{ format: 'tfjs', code: 'export/unsupported', message: 'It has no such layer.' }],
  });
  expect(notRun).toBe('onnx: written, not run here: It needs a Mac. 7.3 MB in /x/onnx');
  expect(notRun).not.toContain('agree');
  const [unchecked] = lineOf({ agreement: null, maxAbsDifference: null });
  expect(unchecked).toBe(
    'onnx: written, not checked: none of the validation pictures is there any more. 7.3 MB in /x/onnx',
  );
  expect(refused).toBe('tfjs: not written. It has no such layer.');
});
