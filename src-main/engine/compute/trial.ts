import { openOnnx, type Provider } from './onnx-runtime.ts';
import type { Trial } from './race.ts';

/** What a throw-away child is asked to try (`worker/trial.ts`). */
export interface TrialOrder {
  readonly provider: Provider;
  /** Bytes of a .onnx file that takes uint8 [batch, height, width, 3] and gives float32. */
  readonly model: Uint8Array;
  readonly inputShape: readonly number[];
}

export type TrialAnswer =
  { readonly ok: true; readonly trial: Trial } | { readonly ok: false; readonly reason: string };

/** Pictures of one batch: as many as a CPU takes at once; a card that loses at this size loses in the pipeline too. */
const BATCH = 8;
/** The first fills caches, and compiles shaders or picks kernels on a card. */
const WARM_UP_BATCHES = 2;
const TIMED_BATCHES = 5;

/**
 * Times a frozen network on pictures that are the same everywhere.
 *
 * @param run  as `Runner.run`.
 */
export async function timeTrial(
  inputShape: readonly number[],
  run: (pixels: Uint8Array, count: number) => Promise<Float32Array>,
): Promise<Trial> {
  const pixels = trialPixels(BATCH * inputShape.reduce((product, size) => product * size, 1), inputShape[1] ?? 1);
  const times: number[] = [];
  let outputs = new Float32Array();
  for (let batch = 0; batch < WARM_UP_BATCHES + TIMED_BATCHES; batch++) {
    const started = performance.now();
    outputs = Float32Array.from(await run(pixels, BATCH));
    if (batch >= WARM_UP_BATCHES) times.push((performance.now() - started) / BATCH);
  }
  return { millisecondsPerPicture: Math.min(...times), outputs };
}

/** Tries a provider in this process, which it may take down. */
export async function tryProvider({ provider, model, inputShape }: TrialOrder): Promise<Trial> {
  const session = await openOnnx(model, { provider, competes: false });
  try {
    return await timeTrial(inputShape, (pixels, count) => session.run(pixels, [count, ...inputShape]));
  } finally {
    await session.dispose();
  }
}

/** Waves of colour that differ from picture to picture. */
function trialPixels(length: number, width: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => {
    const [channel, x, y] = [at % 3, Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return Math.round(127 + 80 * Math.sin(x / (7 + channel * 5)) + 47 * Math.cos(y / (11 + channel * 3)));
  });
}
