import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { RowIndex } from '../../../../src-main/engine/features/row-index.ts';

const COUNT = 2500;
const place = (number: number) => ({ segment: number % 7, row: number, crc: (number * 2654435761) >>> 0 });

test.each([
  ['of pictures', (number: number) => createHash('sha256').update(`picture ${number}`).digest()],
  ['that all begin alike', (number: number) => Buffer.concat([Buffer.alloc(12), word(number), Buffer.alloc(16)])],
])('hashes %s are each found at their own place, and others at none', (_, hashOf) => {
  const index = new RowIndex();
  for (let number = 0; number < COUNT; number++) index.put(hashOf(number), place(number));
  const found = Array.from({ length: COUNT + 10 }, (_unused, number) => index.find(hashOf(number)));
  expect(found).toEqual(
    Array.from({ length: COUNT + 10 }, (_unused, number) => (number < COUNT ? place(number) : null)),
  );
});

test('a hash that is put again has its new place', () => {
  const index = new RowIndex();
  for (const number of [1, 2, 1]) index.put(word(number, 32), place(number + 10));
  index.put(word(1, 32), place(3));
  expect([index.find(word(1, 32)), index.find(word(2, 32))]).toEqual([place(3), place(12)]);
});

function word(number: number, size = 4): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(number);
  return bytes;
}
