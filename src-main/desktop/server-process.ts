import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface ServerProcess {
  /** Address with the key of this session. */
  readonly url: string;
  /** Called if the server ends by itself, with the reason in words. */
  onExit(listener: (why: string) => void): void;
  stop(): void;
}

const START_LIMIT_MS = 30_000;

/**
 * Starts `fovea serve` on plain Node and waits for its address.
 *
 * @param script  the built `fovea.js`, outside any asar: plain Node cannot read one.
 * @throws Error, in words for the user, if it ends or stays silent instead.
 */
export function startServerProcess(script: string, node = plainNode()): Promise<ServerProcess> {
  const child = spawn(node, [script, 'serve', '--no-open'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    let isStopping = false;
    let listener: (why: string) => void = (why) => reject(new Error(`The server did not start: ${why}`));
    const timer = setTimeout(() => {
      child.kill();
      reject(new Error(`The server gave no address within ${START_LIMIT_MS / 1000} s. ${stderr}`));
    }, START_LIMIT_MS);
    child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const url = /http:\/\/127\.0\.0\.1:\S+/.exec(stdout)?.[0];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve({
        url,
        onExit: (next) => (listener = next),
        stop: () => {
          isStopping = true;
          child.kill('SIGTERM');
        },
      });
    });
    child.once('error', (error) => listener(error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (!isStopping) listener(`${signal ?? `exit code ${code}`}. ${stderr}`.trim());
    });
  });
}

/** In a package Node lies in the resources; from source npm says which Node it runs on. */
function plainNode(): string {
  const bundled = join(process.resourcesPath, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(bundled) ? bundled : (process.env['FOVEA_NODE'] ?? process.env['npm_node_execpath'] ?? 'node');
}
