// @ts-check
/** Which native TensorFlow a machine can have, best first, and why not a better one. Looks at files only. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './command.js';

/** @typedef {import('./wheel.js').WheelPin & { unpackedBytes: number }} LibraryPin */

/**
 * @typedef {object} Variant
 * @property {'cpu' | 'gpu'} device
 * @property {string} key                       names the folder in the cache
 * @property {readonly LibraryPin[]} wheels
 */

/**
 * `wheels`: libraries from Python wheels, binding compiled here. `official`: what tfjs-node's own installer brings.
 * `whyNotGpu` is null where the first choice is one for the graphics card.
 * @typedef {{ way: 'wheels', variants: readonly Variant[], whyNotGpu: string | null }
 *   | { way: 'official', device: 'cpu' | 'gpu', whyNotGpu: string | null }
 *   | { way: 'none', why: string }} Plan
 */

/**
 * @typedef {object} Machine
 * @property {string} platform   as in process.platform
 * @property {string} arch       as in process.arch
 * @property {boolean} isGlibc
 * @property {boolean} hasCard   whether an NVIDIA card is seen
 * @property {string} [wanted]   FOVEA_NATIVE
 */

const pins = /** @type {{ version: string, variants: Record<string, LibraryPin[]> }} */ (
  JSON.parse(readFileSync(path.join(import.meta.dirname, 'wheels.json'), 'utf8'))
);

/**
 * @param {Machine} machine
 * @returns {Plan}
 */
export function planNative({ platform, arch, isGlibc, hasCard, wanted }) {
  if (wanted !== undefined && wanted !== 'cpu' && wanted !== 'gpu') {
    return { way: 'none', why: `FOVEA_NATIVE is "${wanted}"; it may be cpu or gpu` };
  }
  const wantsGpu = wanted === undefined ? hasCard : wanted === 'gpu';
  const noWish = wanted === 'cpu' ? 'FOVEA_NATIVE=cpu is set' : 'no NVIDIA graphics card was seen';
  if (platform === 'win32' || platform === 'darwin') {
    const isGpu = wantsGpu && platform === 'win32';
    const whyNotGpu = platform === 'darwin' ? 'TensorFlow has no graphics build for macOS' : noWish;
    return { way: 'official', device: isGpu ? 'gpu' : 'cpu', whyNotGpu: isGpu ? null : whyNotGpu };
  }
  if (platform !== 'linux') return { way: 'none', why: `TensorFlow has no build for ${platform}` };
  if (!isGlibc) return { way: 'none', why: 'TensorFlow needs a Linux with glibc; this one has another C library' };
  const devices = wantsGpu ? /** @type {const} */ (['gpu', 'cpu']) : /** @type {const} */ (['cpu']);
  const variants = devices.flatMap((device) => {
    const wheels = pins.variants[`${platform}-${arch}-${device}`];
    return wheels ? [{ device, key: `tensorflow-${pins.version}-${platform}-${arch}-${device}`, wheels }] : [];
  });
  const first = variants[0];
  if (first === undefined) return { way: 'none', why: `TensorFlow has no build for ${platform} on ${arch}` };
  const whyNotGpu = wantsGpu ? `no graphics build is pinned for ${arch}` : noWish;
  return { way: 'wheels', variants, whyNotGpu: first.device === 'gpu' ? null : whyNotGpu };
}

/** @returns {Machine} */
export function thisMachine() {
  const wanted = process.env['FOVEA_NATIVE'];
  return {
    platform: process.platform,
    arch: process.arch,
    isGlibc: isGlibc(),
    hasCard: seesNvidiaCard(),
    ...(wanted ? { wanted } : {}),
  };
}

/** Does not start nvidia-smi, which takes a second: where the driver is loaded its files are there. */
function seesNvidiaCard() {
  if (process.platform === 'win32') return findProgram('nvidia-smi') !== null;
  const signs = ['/proc/driver/nvidia/version', '/dev/nvidia0', '/usr/lib/wsl/lib/nvidia-smi'];
  return signs.some((sign) => existsSync(sign));
}

function isGlibc() {
  if (process.platform !== 'linux') return false;
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return header.glibcVersionRuntime !== undefined;
}
