// @ts-check
/** Bundles src-main with esbuild into dist/main and the page with vite into dist/renderer. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { build as buildPage } from 'vite';

const root = join(import.meta.dirname, '..');

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  packages: 'external', // native packages cannot be bundled, and the rest loads fast enough
  sourcemap: true,
  logLevel: 'warning',
  outdir: 'dist/main',
};

/**
 * Server, workers and command line: ES modules on plain Node.
 *
 * @type {esbuild.BuildOptions}
 */
const nodeBuild = {
  ...common,
  format: 'esm',
  splitting: true,
  entryPoints: {
    fovea: 'src-main/cli/main.ts',
    compute: 'src-main/worker/compute.ts',
    probe: 'src-main/worker/probe.ts',
    media: 'src-main/worker/media.ts',
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
  external: ['electron'],
  entryPoints: { desktop: 'src-main/desktop/main.ts', preload: 'src-main/desktop/preload.ts' },
};

if (process.argv[1] === import.meta.filename) {
  await rm(join(root, 'dist', 'main'), { recursive: true, force: true });
  await Promise.all([esbuild.build(nodeBuild), esbuild.build(desktopBuild)]);
  const mainOnly = process.argv.includes('--main-only');
  if (!mainOnly) {
    await buildPage({ configFile: join(root, 'src-renderer', 'vite.config.ts'), logLevel: 'warn' });
  }
}
