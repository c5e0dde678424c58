import * as tf from '@tensorflow/tfjs-core';
import { loadEverywhere, loadNative } from '../../src-main/engine/compute/tensorflow.ts';

/** Loads the native backend where set-up built it, else WebAssembly, which needs no set-up. */
export async function loadTestBackend(): Promise<void> {
  try {
    loadNative();
  } catch {
    await loadEverywhere(); // stays silent: the suite of the native backend says what is missing
  }
}

/** Loads the native backend; false, with the reason printed, where set-up has not built it. */
export function loadNativeIfHere(): boolean {
  try {
    loadNative();
    return true;
  } catch (error) {
    process.stderr.write(`Skipping what needs the native backend: ${String(error)}\n`);
    return false;
  }
}

/** Runs and says how many tensors it left behind. */
export async function countLeakedTensors(run: () => Promise<unknown>): Promise<number> {
  const before = tf.memory().numTensors;
  await run();
  return tf.memory().numTensors - before;
}
