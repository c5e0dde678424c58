import { expect, test } from 'vitest';
import { exportLine } from '../../../src-main/cli/summary.ts';
import type { ExportReport } from '../../../src-main/contract/results.ts';

const REPORT: ExportReport = {
  format: 'coreml',
  path: '/exports/coreml',
  bytes: 3_668_821,
  agreement: null,
  maxAbsDifference: null,
  uncheckedCount: 49,
};

test('an export that nothing here opens is not taken for one whose pictures are gone', () => {
  expect(exportLine({ ...REPORT, notRun: "Core ML runs on Apple's systems alone." })).toBe(
    "coreml: written, not run here: Core ML runs on Apple's systems alone. 3.7 MB in /exports/coreml",
  );
  expect(exportLine(REPORT)).toBe(
    'coreml: written, not checked: none of the validation pictures is there any more. 3.7 MB in /exports/coreml',
  );
});
