import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { calibrate } from '../../src-main/engine/export/calibrate.ts';
import type { WriteContext } from '../../src-main/engine/export/target.ts';
import type { Classifier } from '../../src-main/engine/network/classifier.ts';

/** Calibrates on pixels, uint8 [count, S, S, 3], which go through picture files as the app's own do. */
export function calibrateOn(classifier: Classifier, pixels: Uint8Array): WriteContext {
  return {
    async calibrate(nodes) {
      const folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
      const size = classifier.imageSize;
      const area = size * size * 3;
      for (let start = 0; start < pixels.length; start += area) {
        const raw = { width: size, height: size, channels: 3 as const };
        await sharp(pixels.subarray(start, start + area), { raw })
          .png()
          .toFile(join(folder, `${start}.png`));
      }
      try {
        return await calibrate(classifier, nodes, { folder });
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  };
}
