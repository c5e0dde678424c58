// @ts-check
/**
 * The page with live reload, on the real server: open the address that the server prints once (it signs the browser in),
 * then the one that Vite prints. Changes of src-main need a restart.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, run } from './run.js';

if ((await run(process.execPath, ['scripts/build.js', '--main-only'])) !== 0) process.exit(1);

/** The port that src-renderer/vite.config.ts passes requests on to. */
const server = spawn(process.execPath, ['dist/main/fovea.js', 'serve', '--port', '4141', '--no-open'], {
  cwd: root,
  stdio: 'inherit',
});
server.once('exit', (code) => process.exit(code ?? 1));
process.once('SIGINT', () => server.kill('SIGINT'));

process.exitCode = await run('vite', ['--config', join('src-renderer', 'vite.config.ts')]);
server.kill('SIGTERM');
