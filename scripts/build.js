// @ts-check
/** Bundles src-main with esbuild into dist/main and the page with vite into dist/renderer. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { build as buildPage } from 'vite';
import { licencesOf } from './licences.js';

const root = join(import.meta.dirname, '..');

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
  outdir: 'dist/main',
};

/**
 * Packages that are found beside this one when the program runs: they bring native code or files of their own, or tfjs-node
 * loads them too and has to get the same copy. The rest is bundled: one file in place of hundreds starts the command line
 * 30 ms sooner, and a worker 60 ms (paired runs of `train` on 36 pictures).
 */
const EXTERNAL = ['@litertjs/*', '@tensorflow/*', 'libheif-js', 'onnxruntime-node', 'open', 'sharp'];

/**
 * Server, workers and command line: ES modules on plain Node.
 *
 * @type {esbuild.BuildOptions}
 */
const nodeBuild = {
  ...common,
  format: 'esm',
  splitting: true,
  external: EXTERNAL,
  // Bundled packages that are CommonJS ask for Node's own modules this way.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  entryPoints: {
    fovea: 'src-main/cli/main.ts',
    compute: 'src-main/worker/compute.ts',
    probe: 'src-main/worker/probe.ts',
    trial: 'src-main/worker/trial.ts',
    media: 'src-main/worker/media.ts',
    classify: 'src-main/worker/classify.ts',
    predictor: 'src-main/worker/predictor.ts',
  },
};

/**
 * Electron's two files are CommonJS: a sandboxed preload cannot be a module.
 *
 * @type {esbuild.BuildOptions}
 */
const desktopBuild = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  packages: 'external',
  entryPoints: { desktop: 'src-main/desktop/main.ts', preload: 'src-main/desktop/preload.ts' },
};

if (process.argv[1] === import.meta.filename) {
  await rm(join(root, 'dist', 'main'), { recursive: true, force: true });
  await Promise.all([esbuild.build(nodeBuild), esbuild.build(desktopBuild)]);
  const mainOnly = process.argv.includes('--main-only');
  if (!mainOnly) {
    const built = await buildPage({ configFile: join(root, 'src-renderer', 'vite.config.ts'), logLevel: 'warn' });
    const parts = 'output' in built ? built.output : [];
    const modules = parts.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
    const licences = JSON.stringify(licencesOf(root, modules));
    await writeFile(join(root, 'dist', 'renderer', 'licences.json'), licences);
  }
}
