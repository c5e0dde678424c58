import { expect, test } from 'vitest';
import { namedProbabilities } from '../../../src-main/server/model-predict.ts';
import { isLoopback } from '../../../src-main/server/model-visitors.ts';

const LABELS = ['ant', '벌', '__proto__'];

test('all classes come in the order of the model, whatever their names', () => {
  const { predicted, probabilities } = namedProbabilities(LABELS, [0.25, 0.125, 0.625], null);
  expect(predicted).toBe('__proto__');
  expect(Object.entries(probabilities)).toEqual([
    ['ant', 0.25],
    ['벌', 0.125],
    ['__proto__', 0.625],
  ]);
});

test('of the most probable ones the first is named first, and of equals the first of the model', () => {
  const { predicted, probabilities } = namedProbabilities(['a', 'b', 'c', 'd'], [0.1, 0.3, 0.3, 0.3], 2);
  expect([predicted, Object.entries(probabilities)]).toEqual([
    'b',
    [
      ['b', 0.3],
      ['c', 0.3],
    ],
  ]);
  expect(Object.keys(namedProbabilities(['a', 'b'], [0.4, 0.6], 9).probabilities)).toEqual(['b', 'a']);
});

test.each([
  ['127.0.0.1', true],
  ['127.8.9.1:80', true],
  ['localhost:8080', true],
  ['LOCALHOST', true],
  ['::1', true],
  ['[::1]:8080', true],
  ['0.0.0.0', false],
  ['192.168.0.7', false],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['', false],
])('"%s" is this machine alone: %s', (host, expected) => expect(isLoopback(host)).toBe(expected));
