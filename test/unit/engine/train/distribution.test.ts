import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { download, sampleOf } from '../../../../src-main/engine/train/distribution.ts';
import { loadTestBackend } from '../../../helpers/backend.ts';

beforeAll(loadTestBackend);

test('a sample of few values is all of them, in their order', () => {
  const values = tf.tidy(() => [...sampleOf(tf.tensor2d([4, 3, 2, 1], [2, 2]), 4).dataSync()]);
  expect(values).toEqual([4, 3, 2, 1]);
});

test('a sample of many values takes every row and every channel alike', () => {
  const [rows, channels, count] = [1000, 64, 6400];
  // Each value is its own place.
  const places = tf.tidy(() => [
    ...sampleOf(tf.reshape(tf.range(0, rows * channels), [rows, channels]), count).dataSync(),
  ]);
  const each = (size: number, bin: (place: number) => number) => {
    const counts = new Array<number>(size).fill(0);
    for (const place of places) counts[bin(place)]! += 1;
    return counts;
  };
  expect(new Set(places).size).toBe(count);
  for (const seen of each(channels, (place) => place % channels)) expect(Math.abs(seen - 100)).toBeLessThan(15);
  for (const seen of each(10, (place) => Math.floor(place / 6400))) expect(Math.abs(seen - 640)).toBeLessThan(5);
});

test('what comes over in one go is what each tensor held, unless a value is not a finite number', async () => {
  const [first, second, wild] = [tf.tensor1d([1, 2]), tf.tensor1d([3]), tf.tensor1d([NaN])];
  expect(await download([first, second])).toEqual([Float32Array.of(1, 2), Float32Array.of(3)]);
  expect(await download([first, wild])).toBeNull();
  tf.dispose([first, second, wild]);
});
