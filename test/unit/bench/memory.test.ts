import { expect, test } from 'vitest';
import { run } from '../../../bench/processes.js';

test.runIf(process.platform === 'linux')('memory that a grandchild held for a moment is counted', async () => {
  const megabytes = 150;
  const hold = `Buffer.alloc(${megabytes} * 2 ** 20, 1); setTimeout(() => {}, 300)`;
  const program = (child: string) => `require('child_process').execFileSync(process.execPath, ['-e', ${child}])`;
  const peakOf = async (child: string) =>
    (await run(process.execPath, ['-e', program(JSON.stringify(child))], { watchesMemory: true })).peakBytes ?? NaN;
  const difference = (await peakOf(hold)) - (await peakOf('setTimeout(() => {}, 300)'));
  expect(difference / 2 ** 20).toBeGreaterThan(0.9 * megabytes);
  expect(difference / 2 ** 20).toBeLessThan(1.3 * megabytes);
});
