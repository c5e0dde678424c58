import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';

export function seesNvidiaCard(): boolean {
  return existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidia0');
}

/**
 * Whether a graphics card may be there. On Windows and macOS there always is one, if only in the processor; whether a
 * driver for it works, only trying says.
 */
export function mayHaveCard(): boolean {
  return platform() !== 'linux' || seesNvidiaCard() || namesIn('/dev/dri').some((name) => name.startsWith('renderD'));
}

/** Processor, card and driver in one text, which changes when one of them does. */
export function machineFingerprint(): string {
  const processors = cpus();
  const nvidia = namesIn('/proc/driver/nvidia/gpus').map((card) =>
    textOf(`/proc/driver/nvidia/gpus/${card}/information`),
  );
  return [
    `${platform()} ${arch()} ${release()}`,
    `${processors.length} × ${processors[0]?.model ?? 'unknown'}`,
    textOf('/proc/driver/nvidia/version'),
    ...nvidia,
    ...namesIn('/dev/dri'),
  ].join('|');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // no such device
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return ''; // no such driver
  }
}
