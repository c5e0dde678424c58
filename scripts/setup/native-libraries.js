// @ts-check
/** TensorFlow's libraries in the cache: one folder a version and device, shared by every checkout. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { readStamp, writeStamp } from './stamp.js';
import { extractEntry, listZip } from './unzip.js';
import { requireSpace, useWheel } from './wheel.js';

/** @typedef {import('./step.js').Context} Context */
/** @typedef {import('./native-plan.js').Variant} Variant */
/** @typedef {import('./native-plan.js').LibraryPin} LibraryPin */

/** What is kept of the wheels: the libraries, and the 60 headers of the 13,000 that the binding's own lie among. */
const KEPT = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/ctstring',
  'tensorflow/include/tsl/platform/ctstring',
  'tensorflow/include/xla/tsl/c/',
];

/**
 * Where an entry of a wheel goes in the cache's folder; null for one that is not kept.
 *
 * The libraries look for CUDA in `../nvidia/<part>/lib` beside their own folder.
 * @param {string} name
 * @returns {string | null}
 */
export function placeOf(name) {
  if (name.endsWith('/') || name.split('/').includes('..')) return null;
  if (KEPT.some((kept) => name.startsWith(kept))) {
    const rest = name.slice('tensorflow/'.length);
    return rest.startsWith('include/') ? rest : `lib/${rest}`;
  }
  const isRuntimePart = /^nvidia\/[^/]+\/(lib|bin|nvvm)\//.test(name);
  return isRuntimePart && !/\.(a|py)$/.test(name) ? name : null;
}

/**
 * Brings the libraries, or what is missing or damaged of them.
 *
 * A wheel's files count once their stamp is written; the folder gets its name once all wheels have one.
 * @param {Context} context
 * @param {Variant} variant
 * @returns {Promise<string>} the folder: `lib/`, `include/` and, for graphics cards, `nvidia/`
 */
export async function bringLibraries(context, variant) {
  const folder = libraryFolder(context, variant);
  const missing = await missingWheels(folder, variant, context.verify);
  if (missing.length === 0) return folder;
  const partial = `${folder}.partial`;
  if (existsSync(folder)) {
    await rm(partial, { recursive: true, force: true });
    await rename(folder, partial); // its whole parts are used again
  }
  await mkdir(partial, { recursive: true });
  const wheels = await missingWheels(partial, variant, context.verify);
  await requireSpace(
    partial,
    wheels.reduce((sum, wheel) => sum + wheel.unpackedBytes, 0) + Math.max(...wheels.map((wheel) => wheel.bytes)),
  );
  for (const wheel of wheels) await useWheel(context, wheel, (file) => unpack(context, wheel, file, partial));
  await rename(partial, folder);
  return folder;
}

/**
 * @param {Context} context
 * @param {Variant} variant
 */
export function libraryFolder({ cache }, { key }) {
  return path.join(cache, 'native', key);
}

/** @param {string} folder @param {LibraryPin} wheel */
const stampFile = (folder, wheel) => path.join(folder, `${wheel.file}.json`);

/**
 * @param {string} folder
 * @param {Variant} variant
 * @param {boolean} verify
 */
async function missingWheels(folder, variant, verify) {
  const missing = [];
  for (const wheel of variant.wheels) {
    const stamp = await readStamp(stampFile(folder, wheel), folder, { key: wheel.sha256, verify });
    if (stamp === null) missing.push(wheel);
  }
  return missing;
}

/**
 * @param {Context} context
 * @param {LibraryPin} wheel
 * @param {string} file
 * @param {string} folder
 */
async function unpack(context, wheel, file, folder) {
  const activity = context.talk.begin(`Unpacking ${wheel.requirement.replace('==', ' ')}`);
  /** @type {Map<string, string>} */
  const hashes = new Map();
  let done = 0;
  try {
    for (const entry of await listZip(file)) {
      const place = placeOf(entry.name);
      if (place === null) continue;
      const hash = await extractEntry(file, entry, path.join(folder, place), (bytes) => {
        done += bytes;
        activity.update(done, wheel.unpackedBytes);
      });
      hashes.set(place, hash);
    }
  } finally {
    activity.end();
  }
  await writeStamp(stampFile(folder, wheel), folder, { key: wheel.sha256, paths: [...hashes.keys()], hashes });
}
