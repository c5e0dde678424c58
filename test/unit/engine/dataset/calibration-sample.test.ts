import { expect, test } from 'vitest';
import type { Picture } from '../../../../src-main/contract/dataset.ts';
import { calibrationSample } from '../../../../src-main/engine/dataset/calibration-sample.ts';

function pictures(counts: Readonly<Record<string, number>>): Picture[] {
  return Object.entries(counts).flatMap(([className, count]) =>
    Array.from({ length: count }, (_, index): Picture => ({
      id: `${className}${index}`,
      path: `${className}/${index}.jpg`,
      className,
      split: index % 5 === 4 ? 'validation' : 'training',
      width: 1,
      height: 1,
      orientation: 1,
      sizeBytes: 1,
      sha256: `${className}${index}`,
    })),
  );
}

function countByClass(sample: readonly Picture[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { className } of sample) counts[className] = (counts[className] ?? 0) + 1;
  return counts;
}

test('a sample holds training pictures of each class by its share, and none twice', () => {
  const sample = calibrationSample(pictures({ ant: 500, bee: 250, wasp: 5 }), 1, 151);
  expect(sample.every(({ split }) => split === 'training')).toBe(true);
  expect(new Set(sample).size).toBe(151);
  expect(countByClass(sample)).toEqual({ ant: 100, bee: 50, wasp: 1 });
});

test('every class is there as long as there is room', () => {
  const many = Object.fromEntries(
    Array.from({ length: 150 }, (_, index) => [`class ${index}`, index === 0 ? 1000 : 5]),
  );
  expect(Object.keys(countByClass(calibrationSample(pictures(many), 1)))).toHaveLength(150);
});

test('the seed decides which, and few pictures are all taken', () => {
  const all = pictures({ ant: 500, bee: 500 });
  expect(calibrationSample(all, 1)).toHaveLength(200);
  expect(calibrationSample(all, 1)).toEqual(calibrationSample(all, 1));
  expect(calibrationSample(all, 2)).not.toEqual(calibrationSample(all, 1));
  expect(calibrationSample(pictures({ ant: 10 }), 1)).toHaveLength(8);
});
