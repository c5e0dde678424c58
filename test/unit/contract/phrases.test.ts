import { expect, test } from 'vitest';
import { Phrases } from '../../../src-main/contract/phrases.ts';
import { skipReasons } from '../../../src-main/contract/skip-reasons.ts';

test('a sentence is made of a pattern and its values, and read back into both', () => {
  const values = { width: 5, height: 7, limit: 3 };
  const text = skipReasons.say('many-pixels', values);
  expect(text).toBe('too large: 5×7 pixels; the limit is 3 megapixels');
  expect(skipReasons.read(text)).toEqual({ code: 'many-pixels', values: { width: '5', height: '7', limit: '3' } });
});

test('the pattern that says most is the one that a sentence is read by', () => {
  const phrases = new Phrases({ any: '{what}', root: 'counted (itself)', other: 'counted ({folder})' });
  expect(['counted (itself)', 'counted (a)', 'b'].map((text) => phrases.read(text)?.code)).toEqual([
    'root',
    'other',
    'any',
  ]);
});

test('a value may hold anything, and what no pattern wrote is not read', () => {
  const className = 'a "b" (c).*\nd';
  expect(skipReasons.read(skipReasons.say('unknown-class', { className }))?.values).toEqual({ className });
  expect(skipReasons.read('something else')).toBeNull();
});
