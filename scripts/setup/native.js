// @ts-check
/**
 * The native TensorFlow backend.
 *
 * Context: tfjs-node-gpu's installer brings libtensorflow 2.9 for CUDA 11.2, which today's cards cannot use, from a host that
 * firewalls often close; its binding compiles against any later TensorFlow.
 * Choice: on Linux take TensorFlow's libraries from its Python wheel (pip knows every machine's mirrors), compile the binding
 * (20 s), try it in a throw-away process. Elsewhere run the official installer and try that.
 * Cost: Python with pip and a C++ compiler are needed once; 0.9 GB of disk for each TensorFlow version (6 GB with CUDA). The
 * official installer checks no hash of what it downloads: Fovea only records what came.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { lastWords, runCommand } from './command.js';
import { withLock } from './lock.js';
import {
  compileBinding,
  findCompiler,
  packageFolder,
  placeBinding,
  readBinding,
  removeBinding,
  stampBinding,
  tryBinding,
} from './native-binding.js';
import { bringLibraries } from './native-libraries.js';
import { planNative, thisMachine } from './native-plan.js';
import { findPython } from './python.js';
import { reasonOf } from './step.js';

/** @typedef {import('./step.js').Context} Context */
/** @typedef {import('./native-plan.js').Plan} Plan */

const BLIND = 'TensorFlow cannot use the graphics card: its driver may be too old (525 or newer is needed)';
const INSTALLER_LIMIT_MS = 30 * 60_000;

/** @type {import('./step.js').Step} */
export const native = {
  name: 'native',
  title: 'Native backend',
  async look(context) {
    const plan = planNative(thisMachine());
    if (plan.way === 'none') return { state: 'missing', note: plan.why };
    const choices = keysOf(plan);
    for (const [rank, { key }] of choices.entries()) {
      const stamp = await readBinding(context, key);
      if (stamp === null) continue;
      const found = ready(stamp.facts, rank === 0 ? plan.whyNotGpu : 'the build for graphics cards is not installed');
      return rank === 0 ? found : { state: 'todo', inputs: inputsOf(choices, key), now: found };
    }
    return { state: 'todo', inputs: inputsOf(choices, null), now: { state: 'missing', note: 'not installed' } };
  },
  async bring(context) {
    const plan = planNative(thisMachine());
    if (plan.way === 'none') throw new Error(plan.why);
    if (!existsSync(path.join(packageFolder(context.root), 'package.json'))) {
      throw new Error('the npm packages are missing');
    }
    return plan.way === 'wheels' ? bringFromWheels(context, plan) : bringOfficial(context, plan);
  },
};

/**
 * @param {Exclude<Plan, { way: 'none' }>} plan
 * @returns {readonly { key: string }[]}
 */
function keysOf(plan) {
  if (plan.way === 'wheels') return plan.variants;
  return [{ key: `official-${process.platform}-${process.arch}-${plan.device}` }];
}

/** @param {readonly { key: string }[]} choices @param {string | null} installed */
function inputsOf(choices, installed) {
  return JSON.stringify([choices.map(({ key }) => key), installed, findCompiler(), findPython()]);
}

/**
 * @param {Readonly<Record<string, string>>} facts
 * @param {string | null} whyNotGpu
 * @returns {import('./step.js').Outcome}
 */
function ready({ version, device }, whyNotGpu) {
  if (device === 'gpu') return { state: 'ready', summary: `TensorFlow ${version} (GPU)` };
  const why = whyNotGpu ?? (thisMachine().hasCard ? BLIND : 'no NVIDIA graphics card was seen');
  return { state: 'ready', summary: `TensorFlow ${version} (CPU)`, note: why };
}

/**
 * @param {Context} context
 * @param {Extract<Plan, { way: 'wheels' }>} plan
 */
async function bringFromWheels(context, { variants, whyNotGpu }) {
  const reasons = whyNotGpu === null ? [] : [whyNotGpu];
  for (const variant of variants) {
    const installed = await readBinding(context, variant.key); // the second choice may be there already
    if (installed !== null) return ready(installed.facts, reasons.join('; ') || null);
    try {
      const answer = await bringVariant(context, variant);
      return ready({ ...answer }, reasons.join('; ') || null);
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  throw new Error(reasons.at(-1));
}

/**
 * @param {Context} context
 * @param {import('./native-plan.js').Variant} variant
 */
function bringVariant(context, variant) {
  const lock = path.join(context.cache, 'locks', variant.key);
  const onWait = (/** @type {string} */ holder) =>
    context.talk.say(`  Waiting for ${holder}, which sets TensorFlow up`);
  return withLock(lock, { onWait }, async () => {
    const libraries = await bringLibraries(context, variant);
    const compiled = await compileBinding(context, libraries);
    try {
      await placeBinding(context, libraries, compiled);
      const answer = await tryBinding(context);
      await stampBinding(context, variant.key, answer);
      return answer;
    } catch (error) {
      await removeBinding(context);
      throw error;
    }
  });
}

/**
 * @param {Context} context
 * @param {Extract<Plan, { way: 'official' }>} plan
 */
async function bringOfficial(context, { device, whyNotGpu }) {
  const folder = packageFolder(context.root);
  const bin = path.join(context.root, 'node_modules', '.bin');
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const env = { ...process.env, [pathName]: `${bin}${path.delimiter}${process.env[pathName] ?? ''}` };
  const activity = context.talk.begin("Running TensorFlow's official installer");
  try {
    const args = [path.join(folder, 'scripts', 'install.js'), device, 'download'];
    const ended = await runCommand(process.execPath, args, { cwd: folder, env, timeoutMs: INSTALLER_LIMIT_MS });
    if (ended.code !== 0) throw new Error(`TensorFlow's official installer failed: ${lastWords(ended)}`);
    const answer = await tryBinding(context);
    await stampBinding(context, keysOf({ way: 'official', device, whyNotGpu })[0]?.key ?? '', answer);
    return ready({ ...answer }, whyNotGpu);
  } catch (error) {
    await removeBinding(context);
    throw error;
  } finally {
    activity.end();
  }
}
