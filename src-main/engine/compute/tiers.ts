/**
 * Which backends this machine has, and which is used.
 *
 * Context: a graphics driver can take down the process that touches it, and a binding that loads can still compute wrongly.
 * Choice: the native binding is tried in a throw-away child, with a self-test; the answer is remembered per machine under a
 * fingerprint of the binding, of Node and of the card, so that only the first run pays (about a second).
 * Cost: a driver that breaks later is noticed only when a worker dies, or when `fovea doctor` tries again.
 */
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { deviceReasons } from '../../contract/device-reasons.ts';
import { EngineError } from '../../contract/errors.ts';
import type { Backend } from '../../contract/training.ts';
import { askChild } from './ask-child.ts';
import { seesNvidiaCard } from './cards.ts';
import { readMemory, writeMemory } from './memory-file.ts';
import { findOnnxRuntime } from './onnx-runtime.ts';
import { forgetRaces } from './race.ts';
import { loadEverywhere, loadNative } from './tensorflow.ts';

/** What the throw-away child found. */
export type ProbeAnswer =
  { readonly ok: true; readonly kind: 'native-gpu' | 'native-cpu' } | { readonly ok: false; readonly reason: string };

const PROBE_LIMIT_MS = 60_000;

const MEMORY = 'native-probe.json';

/** `FOVEA_TIER=everywhere` leaves the native binding alone, e.g. while a driver is broken. */
const FORCED_TIER = process.env['FOVEA_TIER'];

/**
 * Loads the best backend of this machine into this process, as the tfjs backend.
 *
 * @param probeScript  the file that `fork` runs to try the native binding; it must send one `ProbeAnswer`.
 * @throws EngineError `compute/no-backend` if nothing loads.
 */
export async function openBackend(probeScript: string): Promise<Backend> {
  const probe = await nativeProbe(probeScript);
  try {
    const tail = probe.ok ? loadNative() : await loadEverywhere();
    return {
      tier: tail.kind,
      trunk: (await findOnnxRuntime()) ?? tail.title,
      tail: tail.title,
      whyNotBetter: probe.ok ? whyNoGpu(probe.kind) : probe.reason,
      cpuCount: availableParallelism(),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError(
      'compute/no-backend',
      `No backend that can train could be loaded: ${reason}. Run "npm run setup" again, then "npx fovea doctor".`,
      { reason },
      { cause: error },
    );
  }
}

/** Forgets what was remembered, so that the native binding is tried and trunks are raced again. */
export async function forgetProbe(): Promise<void> {
  await writeMemory(MEMORY, {});
  await forgetRaces();
}

async function nativeProbe(probeScript: string): Promise<ProbeAnswer> {
  if (FORCED_TIER === 'everywhere') return { ok: false, reason: deviceReasons.say('tier-forced') };
  const fingerprint = nativeFingerprint();
  if (fingerprint === null) {
    return { ok: false, reason: deviceReasons.say('native-missing') };
  }
  const memory = await readMemory<ProbeAnswer>(MEMORY);
  const remembered = memory[fingerprint];
  if (remembered !== undefined) return remembered;
  const answer = await askChild<ProbeAnswer>({
    script: probeScript,
    subject: 'The native TensorFlow binding',
    limitMs: PROBE_LIMIT_MS,
  });
  await writeMemory(MEMORY, { ...memory, [fingerprint]: answer });
  return answer;
}

const require = createRequire(import.meta.url);

/** Changes when the binding, Node or the visible card does; null where no binding is installed. */
function nativeFingerprint(): string | null {
  let binding: string;
  try {
    const folder = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
    binding = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
    const { size, mtimeMs } = statSync(binding);
    return [binding, size, Math.round(mtimeMs), process.version, seesNvidiaCard() ? 'card' : 'no card'].join('|');
  } catch {
    return null; // not installed: the caller says so
  }
}

function whyNoGpu(kind: 'native-gpu' | 'native-cpu'): string | null {
  if (kind === 'native-gpu') return null;
  return deviceReasons.say(seesNvidiaCard() ? 'card-unseen' : 'no-card');
}
