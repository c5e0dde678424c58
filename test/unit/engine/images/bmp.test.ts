import { expect, test, describe } from 'vitest';
import { decodeBmp } from '../../../../src-main/engine/images/bmp.ts';
import { decodeImage } from '../../../../src-main/engine/images/decode.ts';
import { inspectImage } from '../../../../src-main/engine/images/inspect.ts';

// Every file is written byte by byte after Microsoft's BITMAPINFOHEADER, and shows, top row first:
const [RED, GREEN, BLUE, WHITE, BLACK] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
  [0, 0, 0],
] as const;
const TOP = [RED, GREEN, BLUE];
const BOTTOM = [WHITE, BLACK, RED];
const PALETTE = [BLACK, RED, GREEN, BLUE, WHITE];
const INDEX = { black: 0, red: 1, green: 2, blue: 3, white: 4 } as const;

interface Bitmap {
  readonly bits: number;
  /** Rows as they lie in the file, unpadded. */
  readonly rows: readonly (readonly number[])[];
  readonly width?: number;
  readonly height?: number;
  readonly compression?: number;
  readonly palette?: readonly (readonly number[])[];
  /** Little-endian words behind a 40-byte header or within a longer one. */
  readonly masks?: readonly number[];
  readonly infoBytes?: number;
  /** Unused bytes between palette and pixels. */
  readonly gap?: number;
}

function writeBmp({ bits, rows, width = 3, height = 2, compression = 0, palette = [], ...more }: Bitmap): Buffer {
  const { masks = [], infoBytes = 40, gap = 0 } = more;
  const isCore = infoBytes === 12;
  const info = Buffer.alloc(Math.max(infoBytes, 16));
  info.writeUInt32LE(infoBytes, 0);
  if (isCore) {
    info.writeUInt16LE(width, 4);
    info.writeUInt16LE(height, 6);
    info.writeUInt16LE(1, 8);
    info.writeUInt16LE(bits, 10);
  } else {
    info.writeInt32LE(width, 4);
    info.writeInt32LE(height, 8);
    info.writeUInt16LE(1, 12);
    info.writeUInt16LE(bits, 14);
    info.writeUInt32LE(compression, 16);
    info.writeUInt32LE(palette.length, 32);
  }
  const maskWords = Buffer.alloc(masks.length * 4);
  masks.forEach((mask, index) => maskWords.writeUInt32LE(mask >>> 0, index * 4));
  if (infoBytes > 40) maskWords.copy(info, 40);
  const colours = Buffer.from(palette.flatMap(([r, g, b]) => (isCore ? [b!, g!, r!] : [b!, g!, r!, 0])));
  const isPacked = compression === 1 || compression === 2;
  const pixels = Buffer.from(
    rows.flatMap((row) => [...row, ...Array<number>(isPacked ? 0 : (4 - (row.length % 4)) % 4).fill(0)]),
  );
  const middle = Buffer.concat([
    info.subarray(0, infoBytes),
    infoBytes > 40 ? Buffer.alloc(0) : maskWords,
    colours,
    Buffer.alloc(gap, 0xaa),
  ]);
  const head = Buffer.alloc(14);
  head.write('BM');
  head.writeUInt32LE(14 + middle.length + pixels.length, 2);
  head.writeUInt32LE(14 + middle.length, 10);
  return Buffer.concat([head, middle, pixels]);
}

function expectPicture(file: Buffer, expected: readonly (readonly number[])[] = [...TOP, ...BOTTOM]): void {
  const decoded = decodeBmp(file);
  if (!decoded.ok) throw new Error(decoded.reason);
  expect([...decoded.data]).toEqual(expected.flat());
}

const bgr = (colours: readonly (readonly number[])[]) => colours.flatMap(([r, g, b]) => [b!, g!, r!]);
const words16 = (...values: number[]) => values.flatMap((value) => [value & 255, value >> 8]);
const words32 = (...values: number[]) =>
  values.flatMap((value) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]);

describe('every kind of bitmap shows the same picture', () => {
  const indexTop = [INDEX.red, INDEX.green, INDEX.blue];
  const indexBottom = [INDEX.white, INDEX.black, INDEX.red];
  const rows24 = [bgr(BOTTOM), bgr(TOP)];
  const rows565 = [words16(0xffff, 0, 0xf800), words16(0xf800, 0x07e0, 0x001f)];
  const files: Record<string, Bitmap> = {
    '24 bits': { bits: 24, rows: rows24 },
    '24 bits, top row first': { bits: 24, rows: rows24.toReversed(), height: -2 },
    '24 bits, OS/2 header of 12 bytes': { bits: 24, rows: rows24, infoBytes: 12 },
    '24 bits, header of 124 bytes': { bits: 24, rows: rows24, infoBytes: 124 },
    '24 bits, pixels further on than the header ends': { bits: 24, rows: rows24, gap: 10 },
    '8 bits': { bits: 8, palette: PALETTE, rows: [indexBottom, indexTop] },
    '8 bits, OS/2 palette of 3 bytes a colour': {
      bits: 8,
      palette: [...PALETTE, ...Array<typeof BLACK>(251).fill(BLACK)],
      rows: [indexBottom, indexTop],
      infoBytes: 12,
    },
    '4 bits': {
      bits: 4,
      palette: PALETTE,
      rows: [
        [0x40, 0x10],
        [0x12, 0x30],
      ],
    },
    '2 bits': { bits: 2, palette: [RED, GREEN, BLUE, WHITE], rows: [[0b11_01_00_00], [0b00_01_10_00]] },
    '8 bits, run lengths': {
      bits: 8,
      palette: PALETTE,
      compression: 1,
      rows: [
        [1, 4, 1, 0, 1, 1, 0, 0],
        [0, 3, 1, 2, 3, 0, 0, 1],
      ], // runs, line end; three literal, pad, end
    },
    '4 bits, run lengths': {
      bits: 4,
      palette: PALETTE,
      compression: 2,
      rows: [
        [2, 0x40, 1, 0x10, 0, 0],
        [0, 3, 0x12, 0x30, 0, 1],
      ],
    },
    '16 bits, 5-5-5': { bits: 16, rows: [words16(0x7fff, 0, 0x7c00), words16(0x7c00, 0x03e0, 0x001f)] },
    '16 bits, 5-6-5': { bits: 16, compression: 3, masks: [0xf800, 0x07e0, 0x001f], rows: rows565 },
    '16 bits, 5-6-5, masks in a header of 108 bytes': {
      bits: 16,
      compression: 3,
      masks: [0xf800, 0x07e0, 0x001f, 0],
      infoBytes: 108,
      rows: rows565,
    },
    '32 bits, fourth byte unused': {
      bits: 32,
      rows: [words32(0x00ffffff, 0, 0x00ff0000), words32(0x80ff0000, 0x0000ff00, 0x000000ff)],
    },
    '32 bits, masks of ten bits': {
      bits: 32,
      compression: 3,
      masks: [0x3ff00000, 0x000ffc00, 0x000003ff],
      rows: [words32(0x3fffffff, 0, 0x3ff00000), words32(0x3ff00000, 0x000ffc00, 0x000003ff)],
    },
  };
  // In 2 bits there is no black: its picture says green there.
  test.each(Object.keys(files))('%s', (kind) => {
    expectPicture(writeBmp(files[kind]!), kind === '2 bits' ? [...TOP, WHITE, GREEN, RED] : [...TOP, ...BOTTOM]);
  });

  test('1 bit, nine pixels wide', () => {
    const bits = { bits: 1, width: 9, height: 1, palette: [WHITE, RED], rows: [[0b10110000, 0b10000000]] };
    expectPicture(writeBmp(bits), [RED, WHITE, RED, RED, WHITE, WHITE, WHITE, WHITE, RED]);
  });
});

test('alpha is kept where a mask names it, and a fully transparent picture counts as opaque', () => {
  const masks = [0xff0000, 0xff00, 0xff, 0xff000000];
  const file = (alpha: number) =>
    writeBmp({ bits: 32, compression: 3, masks, infoBytes: 124, width: 1, height: 1, rows: [[30, 20, 10, alpha]] });
  expectPicture(file(128), [[10, 20, 30, 128]]);
  expectPicture(file(0), [[10, 20, 30, 255]]);
});

test('an index beyond a short palette is black, and skipped pixels are colour 0', () => {
  expectPicture(writeBmp({ bits: 8, palette: [WHITE], width: 2, height: 1, rows: [[0, 9]] }), [WHITE, BLACK]);
  const skip = [[0, 2, 2, 0, 1, 1, 0, 1]]; // two to the right, one red, end
  expectPicture(writeBmp({ bits: 8, palette: PALETTE, compression: 1, height: 1, rows: skip }), [BLACK, BLACK, RED]);
});

test('a bitmap goes the common way: size from its header, pixels through the recipe', async () => {
  const file = writeBmp({ bits: 24, rows: [bgr(BOTTOM), bgr(TOP)] });
  expect(await inspectImage(file)).toEqual({ ok: true, format: 'bmp', width: 3, height: 2, orientation: 1 });
  const decoded = await decodeImage(file, 2); // the centre square lies half over three columns
  expect(decoded.ok && decoded.pixels.length).toBe(12);
});

test('what a header claims is checked before anything is allocated', async () => {
  const whole = writeBmp({ bits: 24, rows: [bgr(BOTTOM), bgr(TOP)] });
  const patched = (at: number, value: number) => {
    const copy = Buffer.from(whole);
    copy.writeInt32LE(value, at);
    return copy;
  };
  const reasons = await Promise.all(
    [
      whole.subarray(0, -4),
      whole.subarray(0, 20),
      patched(18, 2 ** 30),
      patched(18, -3),
      patched(22, 0),
      patched(28, 24 * 65536 + 7),
      patched(30, 99),
      patched(10, 3),
      writeBmp({ bits: 8, palette: PALETTE, compression: 1, rows: [[1, 4]] }),
      writeBmp({ bits: 8, palette: PALETTE, compression: 1, rows: [[200, 4, 0, 1]] }),
    ].map(async (file) => {
      const decoded = await decodeImage(file, 8);
      return decoded.ok ? 'decoded' : decoded.reason.replace(/[:;].*/, '');
    }),
  );
  expect(reasons).toEqual([
    'truncated',
    'truncated',
    'too large',
    'damaged',
    'damaged',
    'unsupported format',
    'unsupported format',
    'damaged',
    'truncated',
    'damaged',
  ]);
});
