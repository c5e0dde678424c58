import { expect, test } from 'vitest';
import { sortPredictions, toCsv } from '../../../../src-renderer/lib/predictions-table.ts';

const row = (path: string, predicted: string, probability: number) => ({
  path,
  predicted,
  probabilities: { [predicted]: probability, [predicted === 'ants' ? 'bees' : 'ants']: 1 - probability },
});
const ROWS = [row('b/10.jpg', 'bees', 0.75), row('b/2.jpg', 'ants', 0.625), row('a.jpg', 'bees', 0.875)];
const paths = (rows: readonly { path: string }[]): string => rows.map(({ path }) => path).join(' ');

test('paths stand in the order of their numbers, classes with the surest first, probabilities by size', () => {
  expect(paths(sortPredictions(ROWS, { column: 'path', isDescending: false }))).toBe('a.jpg b/2.jpg b/10.jpg');
  expect(paths(sortPredictions(ROWS, { column: 'class', isDescending: false }))).toBe('b/2.jpg a.jpg b/10.jpg');
  expect(paths(sortPredictions(ROWS, { column: 'probability', isDescending: true }))).toBe('a.jpg b/10.jpg b/2.jpg');
});

test('the CSV quotes what RFC 4180 says, begins with the mark of UTF-8, and has a column a class', () => {
  const odd = [
    { path: 'a, "b"\n.jpg', predicted: '개미', probabilities: { 개미: 0.75, 'bees, wasps': 0.25 } },
    { path: 'plain.jpg', predicted: 'bees, wasps', probabilities: { 개미: 0, 'bees, wasps': 1 } },
  ];
  expect(toCsv(odd)).toBe(
    '\uFEFFpath,predicted,probability,개미,"bees, wasps"\r\n' +
      '"a, ""b""\n.jpg",개미,0.750000,0.750000,0.250000\r\n' +
      'plain.jpg,"bees, wasps",1.000000,0.000000,1.000000\r\n',
  );
});
