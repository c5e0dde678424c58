/** Hostile and odd files from the test corpora of image libraries, beside what Pillow says of each. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { skipReasons } from '../../src-main/contract/skip-reasons.ts';
import { scanFolder } from '../../src-main/engine/dataset/scan.ts';
import { decodeImage } from '../../src-main/engine/images/decode.ts';
import { inspectImage } from '../../src-main/engine/images/inspect.ts';
import { makeImageFolder } from '../helpers/image-folders.ts';
import { repositoryRoot, shared } from '../helpers/shared.ts';

/** Written by test/fixtures/images/judge_bad_images.py. */
interface Verdict {
  readonly verdict: 'ok' | 'refused' | 'too large';
  readonly size?: readonly [number, number];
  readonly mode?: string;
  readonly mean?: readonly [number, number, number];
}
const verdicts = JSON.parse(
  readFileSync(join(repositoryRoot, 'test/fixtures/images/bad-images.json'), 'utf8'),
) as Record<string, Verdict>;

/** Where ours is meant to differ from Pillow's, and why. */
const REFUSED_HERE: Readonly<Record<string, string>> = {
  'pngsuite-xcsn0g01.png': 'PngSuite: "incorrect IDAT checksum"; Pillow does not check it',
};

const OTHER_COLOURS: Readonly<Record<string, string>> = {
  'suite-1ae14e57.png': '4-bit grey 7 is transparent; Pillow looks for 7 among the values scaled to 8 bits',
};

const SIZE = 64;
const folder = shared('data/bad-images');
const files = folder === null ? [] : readdirSync(folder).sort();

test.skipIf(folder === null)('the table of verdicts covers the folder', () => {
  expect(Object.keys(verdicts)).toEqual(files);
});

test.skipIf(folder === null).each(files)('%s', { timeout: 20_000 }, async (name) => {
  const bytes = readFileSync(join(folder ?? '', name));
  const expected = verdicts[name]!;
  const decoded = await decodeImage(bytes, SIZE);
  if (!decoded.ok) {
    expect(skipReasons.read(decoded.reason), 'another language can word it').not.toBeNull();
    expect(decoded.reason).toMatch(/^(truncated|damaged|too large|unsupported format|not a picture|empty file)/);
    expect(expected.verdict === 'ok' && !(name in REFUSED_HERE), `${decoded.reason}, though Pillow reads it`).toBe(
      false,
    );
    return;
  }
  expect(expected.verdict).toBe('ok');
  expect(REFUSED_HERE).not.toHaveProperty([name]);
  const inspected = await inspectImage(bytes);
  expect(inspected.ok && [inspected.width, inspected.height]).toEqual(expected.size);
  // Pillow turns inks into colours without a press's profile, so there the shades differ.
  const tolerance = expected.mode === 'CMYK' ? 40 : 4;
  if (name in OTHER_COLOURS) return;
  const mean = [0, 1, 2].map((channel) => meanOf(decoded.pixels, channel));
  const distance = Math.max(...mean.map((value, channel) => Math.abs(value - expected.mean![channel]!)));
  expect(distance, `mean colour ${mean.map((value) => value.toFixed(1)).join(', ')}`).toBeLessThan(tolerance);
});

test.skipIf(folder === null)('as a class, every file ends as a picture or as a listed skip', async () => {
  const root = await makeImageFolder({ good: 3 });
  mkdirSync(join(root, 'bad'));
  for (const name of files) copyFileSync(join(folder ?? '', name), join(root, 'bad', name));
  const { classes, entries, skipped } = await scanFolder(root);
  expect(classes).toEqual(['bad', 'good']);
  const accounted = [...entries.filter(({ className }) => className === 'bad'), ...skipped].map(({ path }) => path);
  expect(accounted.sort()).toEqual(files.map((name) => `bad/${name}`).sort());
  // What Pillow reads is not lost in the scan.
  const listed = new Set(skipped.map(({ path }) => path));
  const lost = files.filter((name) => verdicts[name]?.verdict === 'ok' && listed.has(`bad/${name}`));
  expect(lost.filter((name) => !(name in REFUSED_HERE))).toEqual([]);
});

function meanOf(pixels: Uint8Array, channel: number): number {
  let sum = 0;
  for (let at = channel; at < pixels.length; at += 3) sum += pixels[at]!;
  return sum / (pixels.length / 3);
}
