// @ts-check
/**
 * Compiles messages/*.json into src-renderer/paraglide (git-ignored). The build runs it; on a clean clone a type check
 * needs it first: `node src-renderer/compile-messages.js`.
 *
 * A process of its own, ended by force: the compiler's storage keeps an idle process alive for 30 s.
 */
import { join } from 'node:path';
import process from 'node:process';
import { compile } from '@inlang/paraglide-js';

await compile({
  project: join(import.meta.dirname, 'project.inlang'),
  outdir: join(import.meta.dirname, 'paraglide'),
  // The page tells the runtime which language holds: see state/preferences.svelte.ts.
  strategy: ['globalVariable', 'baseLocale'],
  emitReadme: false,
});
process.exit(0);
