/**
 * Which backends this machine has, and which is used.
 *
 * Context: a graphics driver can take down the process that touches it, and a binding that loads can still compute wrongly.
 * Choice: the native binding is tried in a throw-away child, with a self-test; the answer is remembered per machine under a
 * fingerprint of the binding, of Node and of the card, so that only the first run pays (about a second).
 * Cost: a driver that breaks later is noticed only when a worker dies, or when `fovea doctor` tries again.
 */
import { fork } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../../system/cache-folder.ts';
import { writeFileDurably } from '../../system/durable-file.ts';
import { EngineError } from '../../contract/errors.ts';
import type { Backend } from '../../contract/training.ts';
import { findOnnxRuntime } from './onnx-runtime.ts';
import { loadEverywhere, loadNative } from './tensorflow.ts';

/** What the throw-away child found. */
export type ProbeAnswer =
  { readonly ok: true; readonly kind: 'native-gpu' | 'native-cpu' } | { readonly ok: false; readonly reason: string };

/** A driver that hangs is as useless as one that crashes. */
const PROBE_LIMIT_MS = 60_000;

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

/** Forgets what was remembered, so that the next `openBackend` tries the native binding again. */
export async function forgetProbe(): Promise<void> {
  await writeMemory({});
}

async function nativeProbe(probeScript: string): Promise<ProbeAnswer> {
  if (FORCED_TIER === 'everywhere') return { ok: false, reason: 'FOVEA_TIER=everywhere is set' };
  const fingerprint = nativeFingerprint();
  if (fingerprint === null) {
    return {
      ok: false,
      reason: 'The native TensorFlow binding is not installed; "npm run setup" builds it and says what is missing',
    };
  }
  const memory = await readMemory();
  const remembered = memory[fingerprint];
  if (remembered !== undefined) return remembered;
  const answer = await tryInChild(probeScript);
  await writeMemory({ ...memory, [fingerprint]: answer });
  return answer;
}

function tryInChild(probeScript: string): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const child = fork(probeScript, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-2000)));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve({ ok: false, reason: `The native TensorFlow binding gave no answer within ${PROBE_LIMIT_MS / 1000} s` });
    }, PROBE_LIMIT_MS);
    child.once('message', (answer: ProbeAnswer) => resolve(answer));
    child.once('error', (error) =>
      resolve({ ok: false, reason: `The native TensorFlow binding could not be tried: ${error.message}` }),
    );
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const lastLine = stderr.trim().split('\n').at(-1) ?? '';
      // After an answer this changes nothing: a promise keeps its first value.
      resolve({
        ok: false,
        reason: `The native TensorFlow binding crashed (${signal ?? `exit code ${code}`}). ${lastLine}`.trim(),
      });
    });
  });
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

function seesNvidiaCard(): boolean {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidia0');
}

function whyNoGpu(kind: 'native-gpu' | 'native-cpu'): string | null {
  if (kind === 'native-gpu') return null;
  return seesNvidiaCard()
    ? 'A graphics card is there, but TensorFlow does not see it; "npm run setup" installs the build for graphics cards'
    : 'No NVIDIA graphics card was found';
}

type Memory = Readonly<Record<string, ProbeAnswer>>;

const memoryFile = (): string => cacheFolder('native-probe.json');

async function readMemory(): Promise<Memory> {
  try {
    return JSON.parse(await readFile(memoryFile(), 'utf8')) as Memory; // as: our own file; a broken one reads as none below
  } catch {
    return {}; // nothing remembered yet, or a half-written file: the probe runs again
  }
}

async function writeMemory(memory: Memory): Promise<void> {
  await mkdir(dirname(memoryFile()), { recursive: true });
  await writeFileDurably(memoryFile(), JSON.stringify(memory, null, 2));
}
