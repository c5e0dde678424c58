import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { forgetRaces, raceOnce, type Racer } from '../../../../src-main/engine/compute/race.ts';
import { temporaryFolder } from '../../../helpers/server.ts';

const CORRECT = [1, -4, 2];
let attempts: string[] = [];

function racer(title: string, speed: number, outputs = CORRECT): Racer {
  return {
    title,
    attempt() {
      attempts.push(title);
      return Promise.resolve({ millisecondsPerPicture: speed, outputs: Float32Array.from(outputs) });
    },
  };
}

function failing(title: string, message: string): Racer {
  return { title, attempt: () => Promise.reject(new Error(message)) };
}

beforeEach(async () => {
  attempts = [];
  vi.stubEnv('FOVEA_CACHE', await temporaryFolder());
});

test('the fastest engine wins, and a slower card is told why', async () => {
  expect(await raceOnce('one', [racer('processor', 5), racer('slow card', 7), racer('fast card', 1)])).toEqual({
    winner: 'fast card',
    losers: ['slow card is slower: 7.0 ms a picture, and not 1.0'],
  });
  expect(await raceOnce('two', [racer('processor', 5), racer('slow card', 7)])).toEqual({
    winner: 'processor',
    losers: ['slow card is slower: 7.0 ms a picture, and not 5.0'],
  });
});

test('an engine that answers wrongly is out, however fast; rounding of a card is no wrong answer', async () => {
  const wrong = racer('wrong card', 0.1, [1, -4, 2.1]);
  const missing = racer('short card', 0.1, [1, -4]);
  const notNumbers = racer('broken card', 0.1, [1, NaN, 2]);
  const rounding = racer('rounding card', 3, [1.004, -4.01, 1.99]);
  expect(await raceOnce('one', [racer('processor', 5), wrong, missing, notNumbers, rounding])).toEqual({
    winner: 'rounding card',
    losers: [
      'wrong card answers wrongly: off by 2.5 %',
      'short card answers wrongly: values are missing or no numbers',
      'broken card answers wrongly: values are missing or no numbers',
    ],
  });
});

test('an engine that throws is out with its reason, in one line', async () => {
  expect(await raceOnce('one', [racer('processor', 5), failing('card', 'No driver.\n  at somewhere')])).toEqual({
    winner: 'processor',
    losers: ['card cannot run here: No driver.'],
  });
});

test('a race is held once, and again with a new fingerprint, new engines, or when it is forgotten', async () => {
  const racers = [racer('processor', 5), racer('card', 1)] as const;
  const first = await raceOnce('one', racers);
  expect(await raceOnce('one', racers)).toEqual(first);
  expect(attempts).toEqual(['processor', 'card']);
  await raceOnce('another network', racers);
  expect(attempts).toHaveLength(4);
  await raceOnce('one', [racer('processor', 5), racer('card, new driver', 1)]);
  expect(attempts).toHaveLength(6);
  await raceOnce('one', racers);
  expect(attempts).toHaveLength(6);
  await forgetRaces();
  await raceOnce('one', racers);
  expect(attempts).toHaveLength(8);
});

test('a broken memory is no memory', async () => {
  await writeFile(join(process.env['FOVEA_CACHE'] ?? '', 'trunk-race.json'), '{"one|proc');
  expect((await raceOnce('one', [racer('processor', 5), racer('card', 1)])).winner).toBe('card');
});

test('a lone engine does not race', async () => {
  expect(await raceOnce('one', [racer('processor', 5)])).toEqual({ winner: 'processor', losers: [] });
  expect(attempts).toEqual([]);
});
