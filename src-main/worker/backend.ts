import { join } from 'node:path';
import type { Backend } from '../contract/training.ts';
import { openBackend } from '../engine/compute/tiers.ts';

/** Loads this machine's best backend; what has to be tried is tried in `probe.js`, which is built beside this file. */
export function openWorkerBackend(): Promise<Backend> {
  return openBackend(join(import.meta.dirname, 'probe.js'));
}
