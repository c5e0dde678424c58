import type { JobOf } from '../contract/jobs.ts';
import type { Backend } from '../contract/training.ts';
import { forgetProbe } from '../engine/compute/tiers.ts';
import { openWorkerBackend } from './backend.ts';

export async function probeJob({ fresh }: JobOf<'probe'>): Promise<Backend> {
  if (fresh) await forgetProbe();
  return openWorkerBackend();
}
