/**
 * HEIC photographs (HEVC inside), which the prebuilt libvips may not carry for its patents, through libheif in
 * WebAssembly. Each picture gets a worker thread of its own: decoding holds its thread for half a second per 12
 * megapixels, a hostile file can be ended, and the memory that WebAssembly never gives back goes with the thread
 * (starting one costs about 0.1 s). No native package is loaded in it.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { RawPixels } from './bmp.ts';
import { LIMITS } from './recipe.ts';
import { explainDecodeError, refuse, type Refusal } from './refusal.ts';

// Source text, because a bundle has no file of its own for it. libheif applies rotation and mirroring itself.
const WORKER_SOURCE = `
  const { parentPort, workerData } = require('node:worker_threads');
  const libheif = require(workerData.libheif);
  const images = new libheif.HeifDecoder().decode(workerData.bytes);
  const image = images.find((image) => image.is_primary()) ?? images[0];
  if (image === undefined) throw new Error('no image in the file');
  const width = image.get_width();
  const height = image.get_height();
  if (!(width * height <= workerData.pixelLimit)) throw new Error('image exceeds pixel limit');
  const target = { data: new Uint8ClampedArray(width * height * 4), width, height };
  image.display(target, (shown) => {
    if (!shown) throw new Error('libheif could not decode the image');
    parentPort.postMessage({ width, height, data: shown.data }, [shown.data.buffer]);
  });
`;

const require = createRequire(import.meta.url);
const decoded = z.object({ width: z.int(), height: z.int(), data: z.instanceof(Uint8ClampedArray) });

/**
 * Decodes the primary picture of a HEIC file.
 *
 * @param bytes  the file. Borrowed (copied into the thread).
 */
export async function decodeHeic(bytes: Buffer): Promise<RawPixels | Refusal> {
  const libheif = require.resolve('libheif-js/wasm-bundle');
  const worker = new Worker(WORKER_SOURCE, {
    eval: true,
    workerData: { libheif, bytes: new Uint8Array(bytes), pixelLimit: LIMITS.pixelCount },
    stdout: true, // libheif prints its warnings
    stderr: true,
  });
  try {
    const { width, height, data } = decoded.parse(await answerOf(worker));
    return { ok: true, data: Buffer.from(data.buffer, data.byteOffset, data.length), width, height, channels: 4 };
  } catch (error) {
    return refuse(explainDecodeError(error));
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('timeout')), LIMITS.seconds * 1000);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(new Error('the decoder ended without an answer'));
    });
  });
}
