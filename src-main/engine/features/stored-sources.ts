/** What training reads, from the activation cache: activations that are stored, or that stored pixels give on the spot. */
import type { CachedTable } from './cached-table.ts';
import type { ExampleSource } from './example-source.ts';
import type { Runner } from './runner.ts';
import { putVariant, variantOf, type Variation } from './variants.ts';

interface Examples {
  /** SHA-256 of each row's picture. */
  readonly sha256s: readonly string[];
  readonly variation: Variation;
}

interface StoredExamples extends Examples {
  /** By variant; they hold all rows that are read. */
  readonly tables: readonly CachedTable[];
  /** Of one example. */
  readonly shape: readonly number[];
}

/** Activations as they are stored. */
export function storedSource({ sha256s, variation, tables, shape }: StoredExamples): ExampleSource {
  const length = shape.reduce((product, size) => product * size, 1);
  return {
    shape,
    isVaried: variation.mode !== 'off',
    read(rows, epoch, target) {
      rows.forEach((row, index) => {
        const place = target.subarray(index * length, (index + 1) * length);
        tables[variantOf(variation, epoch, row)]?.read([sha256s[row] ?? ''], place);
      });
      return Promise.resolve();
    },
  };
}

interface PixelExamples extends Examples {
  /** uint8 [imageSize, imageSize, 3] each. */
  readonly pixels: CachedTable;
  readonly imageSize: number;
}

/** The pictures themselves, 0–255, for a network that learns from its first node on. */
export function pixelSource(examples: PixelExamples): ExampleSource {
  const { imageSize } = examples;
  return {
    shape: [imageSize, imageSize, 3],
    isVaried: examples.variation.mode !== 'off',
    read(rows, epoch, target) {
      target.set(variantPixels(examples, rows, epoch));
      return Promise.resolve();
    },
  };
}

interface LiveExamples extends PixelExamples {
  /** The trunk, giving float32. Borrowed. */
  readonly runner: Runner;
  /** The pictures as they are. */
  readonly plain: ExampleSource;
}

/** Pictures that are varied anew in every epoch and run through the trunk when they are asked for. */
export function liveSource(examples: LiveExamples): ExampleSource {
  const { runner, plain } = examples;
  return {
    shape: plain.shape,
    isVaried: true,
    async read(rows, epoch, target) {
      if (epoch === null) return plain.read(rows, null, target);
      target.set(await runner.run(variantPixels(examples, rows, epoch), rows.length));
    },
  };
}

function variantPixels(examples: PixelExamples, rows: Uint32Array, epoch: number | null): Uint8Array {
  const { sha256s, variation, pixels, imageSize } = examples;
  const length = imageSize * imageSize * 3;
  const picture = new Uint8Array(length);
  const batch = new Uint8Array(rows.length * length);
  rows.forEach((row, index) => {
    const sha256 = sha256s[row] ?? '';
    pixels.read([sha256], picture);
    const place = batch.subarray(index * length, (index + 1) * length);
    const { augmenting } = variation;
    putVariant(picture, { place, imageSize, sha256, variant: variantOf(variation, epoch, row), augmenting });
  });
  return batch;
}
