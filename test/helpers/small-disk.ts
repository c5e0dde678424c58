import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './server.ts';

/** A disk of two megabytes; null, with the reason printed, where the system lets us make none. */
export async function mountSmallDisk(): Promise<string | null> {
  const folder = await temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    process.stderr.write('Skipping the full disk: this system lets us mount none.\n');
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

/** Makes a folder read-only until `allow` is called; null, with the reason printed, where the system does not let us. */
export function forbidWriting(folder: string): { allow(): void } | null {
  const mount = (...options: readonly string[]) => execFileSync('mount', [...options], { stdio: 'ignore' });
  try {
    mount('--bind', folder, folder);
    mount('-o', 'remount,bind,ro', folder);
  } catch {
    process.stderr.write('Skipping the read-only folder: this system lets us mount none.\n');
    return null;
  }
  let isReadOnly = true;
  const allow = () => {
    if (isReadOnly) execFileSync('umount', ['-l', folder]);
    isReadOnly = false;
  };
  onTestFinished(allow);
  return { allow };
}
