import { spawn } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './shared.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `fovea` command with a data folder of its own. */
export async function fovea(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const home = await temporaryFolder();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(repositoryRoot, 'dist', 'main', 'fovea.js'), ...args], {
      cwd: home,
      env: { ...process.env, FOVEA_HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'fovea-test-'));
}

/** Ids of the backbones that set-up has brought. */
export async function installedBackbones(): Promise<string[]> {
  return readdir(join(repositoryRoot, 'assets', 'backbones')).catch(() => []);
}
