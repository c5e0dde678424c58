import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BackboneFormatError } from '../../../../src-main/engine/backbones/format-error.ts';
import { readTorchFile } from '../../../../src-main/engine/backbones/torch-file.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

const folder = join(repositoryRoot, 'test', 'fixtures', 'torch');
const fixture = (name: string): Buffer => readFileSync(join(folder, name));
const halves = (...values: number[]): Float32Array => Float32Array.from(values, (value) => value / 2);

describe('readTorchFile', () => {
  test('gives what torch.load gives: views of shared storage with offsets and strides, scalars, parameters', () => {
    const whole = Array.from({ length: 24 }, (_, index) => index);
    const columns = whole.map((at) => (at % 4) * 6 + Math.floor(at / 4));
    expect(readTorchFile(fixture('small.pth'))).toEqual(
      new Map([
        ['plain', { shape: [2, 2], values: Float32Array.of(1.5, -2, 3.25, 1e-30) }],
        ['whole', { shape: [4, 6], values: halves(...whole) }],
        ['shared_row', { shape: [6], values: halves(6, 7, 8, 9, 10, 11) }],
        ['transposed', { shape: [6, 4], values: halves(...columns) }],
        ['every_other', { shape: [4, 3], values: halves(...whole.filter((at) => at % 2 === 0)) }],
        ['scalar', { shape: [], values: Float32Array.of(7) }],
        ['empty', { shape: [0, 3], values: new Float32Array(0) }],
        ['parameter', { shape: [2], values: Float32Array.of(0.5, 0.25) }],
        ['__proto__', { shape: [1], values: Float32Array.of(42) }],
      ]),
    );
  });

  test('gives copies, wherever in memory the file lies', () => {
    const file = fixture('by-hand.pth');
    const shifted = Buffer.concat([Buffer.alloc(3), file]).subarray(3);
    const values = readTorchFile(shifted).get('a')?.values;
    shifted.fill(0);
    expect(values).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  test('refuses a pickle that calls a function, and does not call it', () => {
    expect(() => readTorchFile(fixture('evil.pth'))).toThrow(/names "posix\.system", which weights do not need/);
    expect(() => readTorchFile(fixture('evil-first.pth'))).toThrow(/names "posix\.system"/);
    expect(existsSync('executed-by-pickle')).toBe(false);
  });

  test.each([
    ['module.pth', /names "torch\.nn\.modules\.linear\.Linear"/],
    ['half.pth', /names "torch\.HalfStorage"/],
    ['zip.pth', /of the zip format/],
    ['beyond-storage.pth', /"a" \[2, 3\] reaches beyond its storage/],
    ['negative-offset.pth', /malformed shape/],
    ['expanding.pth', /"a" \[100000, 100000\] reaches beyond its storage/],
    ['long-storage-count.pth', /ends early, within storage "0"/],
    ['negative-count.pth', /ends early, within storage "0"/],
  ])('refuses %s', (name, message) => {
    expect(() => readTorchFile(fixture(name))).toThrow(message);
  });

  test('refuses a file that is cut anywhere, and never with another error', () => {
    const file = fixture('small.pth');
    for (let length = 0; length < file.length; length++)
      expect(() => readTorchFile(file.subarray(0, length)), `cut to ${length} bytes`).toThrow(BackboneFormatError);
    expect(() => readTorchFile(Buffer.concat([file, Buffer.alloc(1)]))).toThrow(/1 bytes follow the last storage/);
  });

  test('answers any changed byte with tensors or a BackboneFormatError', () => {
    const file = fixture('small.pth');
    for (let at = 0; at < file.length; at++)
      for (const change of [0x01, 0x80, 0xff]) {
        const changed = Buffer.from(file);
        changed[at]! ^= change;
        try {
          readTorchFile(changed);
        } catch (error) {
          expect(error, `byte ${at} ^ ${change}`).toBeInstanceOf(BackboneFormatError);
        }
      }
  });
});
