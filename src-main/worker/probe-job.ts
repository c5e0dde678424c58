import { deviceReasons } from '../contract/device-reasons.ts';
import type { JobOf } from '../contract/jobs.ts';
import type { Backend } from '../contract/training.ts';
import { defaultBackboneId, loadBackbone } from '../engine/backbones/catalogue.ts';
import { forgetProbe } from '../engine/compute/tiers.ts';
import { openRunner, withTrunk } from '../engine/features/runner.ts';
import { listTrunkEngines } from '../engine/features/trunk-engines.ts';
import { openWorkerBackend } from './backend.ts';

export async function probeJob({ fresh }: JobOf<'probe'>): Promise<Backend> {
  if (fresh) await forgetProbe();
  const backend = await openWorkerBackend();
  if ((await listTrunkEngines()).length === 1) return backend; // nothing to race, and so no need of a backbone
  try {
    const { network } = await loadBackbone(await defaultBackboneId());
    const runner = await openRunner(network);
    await runner.dispose();
    return withTrunk(backend, runner);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const untried = deviceReasons.say('untried', { reason });
    return { ...backend, whyNotBetter: [backend.whyNotBetter, untried].filter((text) => text !== null).join('. ') };
  }
}
