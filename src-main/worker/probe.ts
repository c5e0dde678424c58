/** The throw-away child that tries the native binding: a crash here costs nothing. Sends one `ProbeAnswer`. */
import { deviceReasons } from '../contract/device-reasons.ts';
import { loadNative, selfTest } from '../engine/compute/tensorflow.ts';
import type { ProbeAnswer } from '../engine/compute/tiers.ts';

function tryNative(): ProbeAnswer {
  try {
    const { kind } = loadNative();
    if (kind === 'everywhere') throw new Error('loaded another backend');
    selfTest();
    return { ok: true, kind };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { ok: false, reason: deviceReasons.say('native-broken', { reason }) };
  }
}

process.send?.(tryNative(), () => process.exit());
