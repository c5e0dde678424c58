// @ts-check
/** tfjs-node-gpu's binding: compiled against the libraries in the cache, put in its place, and tried. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { findProgram, lastWords, runCommand } from './command.js';
import { hashText } from './hash.js';
import { readStamp, writeStamp } from './stamp.js';
import { installSystemPackages } from './system.js';

/** @typedef {import('./step.js').Context} Context */

/** One binary for Node 20, 22 and 24. */
const NAPI_VERSION = 8;
const BINDING = `lib/napi-v${NAPI_VERSION}/tfjs_binding.node`;
const COMPILE_LIMIT_MS = 15 * 60_000;
const TRY_LIMIT_MS = 120_000;

/** @param {string} root */
export const packageFolder = (root) => path.join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | null}
 */
export function findCompiler(env = process.env) {
  if (env['CXX']) return findProgram(env['CXX'], env);
  return findProgram('g++', env) ?? findProgram('c++', env) ?? findProgram('clang++', env);
}

/**
 * Compiles the binding, once for each of its versions: the result stays in the cache.
 *
 * @param {Context} context
 * @param {string} libraries  the libraries' folder
 * @returns {Promise<string>} the compiled file
 */
export async function compileBinding(context, libraries) {
  const sources = path.join(packageFolder(context.root), 'binding');
  const names = (await readdir(sources)).filter((name) => /\.(cc|h)$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(sources, name), 'utf8')));
  const headers = path.join(context.root, 'node_modules', 'node-api-headers', 'include');
  const args = compilerArgs(sources, headers, libraries);
  const key = hashText(JSON.stringify([names, texts, args.filter((arg) => !path.isAbsolute(arg))]));
  const folder = path.join(libraries, 'binding');
  const file = path.join(folder, `${key.slice(0, 16)}.node`);
  const stampFile = `${file}.json`;
  if (await readStamp(stampFile, folder, { key, verify: context.verify })) return file;

  const compiler = await requireCompiler(context);
  await mkdir(folder, { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  const activity = context.talk.begin('Compiling the TensorFlow binding');
  try {
    const ended = await runCommand(compiler, [...args, '-o', partial], { timeoutMs: COMPILE_LIMIT_MS });
    if (ended.code !== 0) throw new Error(`the binding did not compile: ${lastWords(ended)}`);
    await rename(partial, file);
  } finally {
    activity.end();
    await rm(partial, { force: true });
  }
  await writeStamp(stampFile, folder, { key, paths: [path.basename(file)] });
  return file;
}

/** @param {string} sources @param {string} headers @param {string} libraries */
function compilerArgs(sources, headers, libraries) {
  return [
    ...['-O2', '-s', '-fPIC', '-shared', '-std=c++17', '-w'],
    ...[`-DNAPI_VERSION=${NAPI_VERSION}`, '-DBUILDING_NODE_EXTENSION'],
    ...['-I', path.dirname(sources), '-I', headers, '-I', path.join(libraries, 'include')],
    ...[path.join(sources, 'tfjs_backend.cc'), path.join(sources, 'tfjs_binding.cc')],
    ...['-L', path.join(libraries, 'lib'), '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
  ];
}

/** @param {Context} context */
async function requireCompiler(context) {
  const found = findCompiler();
  if (found !== null) return found;
  if (process.env['CXX']) throw new Error(`CXX is ${process.env['CXX']}, which is no program`);
  const why = await installSystemPackages(['g++'], context, 'a C++ compiler');
  const installed = findCompiler();
  if (installed === null) throw new Error(`no C++ compiler was found: ${why ?? 'g++ is still missing'}`);
  return installed;
}

/**
 * Puts the compiled binding and a link to its libraries where tfjs-node looks for them.
 *
 * @param {Context} context
 * @param {string} libraries
 * @param {string} compiled
 */
export async function placeBinding({ root }, libraries, compiled) {
  const folder = packageFolder(root);
  const deps = path.join(folder, 'deps');
  await rm(deps, { recursive: true, force: true }); // a link, or what the official installer left
  await symlink(libraries, deps);
  const file = path.join(folder, BINDING);
  await mkdir(path.dirname(file), { recursive: true });
  await copyFile(compiled, `${file}.partial`);
  await rename(`${file}.partial`, file);
}

/**
 * Takes the binding away, so that nothing loads one that has failed.
 *
 * @param {Context} context
 */
export async function removeBinding({ root }) {
  await rm(path.join(packageFolder(root), 'lib'), { recursive: true, force: true });
  await rm(path.join(packageFolder(root), 'deps'), { recursive: true, force: true });
}

/**
 * Loads the binding in a throw-away process and lets it compute.
 *
 * @param {Context} context
 * @returns {Promise<{ version: string, device: 'cpu' | 'gpu' }>}
 * @throws Error that says how it failed
 */
export async function tryBinding({ root, talk }) {
  const activity = talk.begin('Trying the native backend');
  try {
    const script = path.join(import.meta.dirname, 'native-try.js');
    const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', TF_FORCE_GPU_ALLOW_GROWTH: 'true' };
    const ended = await runCommand(process.execPath, [script, packageFolder(root)], { env, timeoutMs: TRY_LIMIT_MS });
    if (ended.code !== 0) throw new Error(`TensorFlow's binding does not run here: ${lastWords(ended)}`);
    return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '');
  } finally {
    activity.end();
  }
}

/** @param {string} root */
const installedStamp = (root) => path.join(packageFolder(root), '.set-up.json');

/**
 * Notes that the binding in its place has computed rightly.
 *
 * @param {Context} context
 * @param {string} key
 * @param {{ version: string, device: string }} answer
 */
export async function stampBinding({ root }, key, answer) {
  const folder = packageFolder(root);
  const places = ['lib', 'deps/lib', 'deps/nvidia'].filter((place) => existsSync(path.join(folder, place)));
  const paths = [];
  for (const place of places) {
    for (const entry of await readdir(path.join(folder, place), { recursive: true, withFileTypes: true })) {
      const file = path.relative(folder, path.join(entry.parentPath, entry.name));
      if (entry.isFile() && !file.endsWith('.json')) paths.push(file.split(path.sep).join('/'));
    }
  }
  await writeStamp(installedStamp(root), folder, { key, paths: paths.sort(), facts: { ...answer } });
}

/**
 * What an earlier set-up left and tried, if it is still as it was.
 *
 * @param {Context} context
 * @param {string} key
 */
export async function readBinding({ root, verify }, key) {
  const folder = packageFolder(root);
  if (!existsSync(path.join(folder, BINDING))) return null;
  return readStamp(installedStamp(root), folder, { key, verify });
}
