import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where developers look: stacks, what native libraries said before a crash. Stays on this machine. */
export interface Log {
  info(message: string): void;
  /** @param cause  an error (its stack is kept) or the tail of a process's output */
  error(message: string, cause?: unknown): void;
}

/** For callers that print errors themselves, such as the command line. */
export const SILENT_LOG: Log = { info: () => undefined, error: () => undefined };

const ROTATE_AT_BYTES = 5_000_000;

const CURRENT = 'fovea.log';
const BEFORE = 'fovea.1.log';

/** The files of a log that are there, the oldest first. */
export function logFiles(folder: string): string[] {
  return [BEFORE, CURRENT].map((name) => join(folder, name)).filter((file) => existsSync(file));
}

/** Appends to `<folder>/fovea.log`; the log before it is kept as `fovea.1.log`. A log that cannot be written stops nothing. */
export function openLog(folder: string): Log & { close(): Promise<void> } {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, CURRENT);
  if (existsSync(file) && statSync(file).size > ROTATE_AT_BYTES) renameSync(file, join(folder, BEFORE));
  const stream = createWriteStream(file, { flags: 'a' });
  let isBroken = false;
  stream.on('error', (error) => {
    if (!isBroken) process.stderr.write(`The log ${file} cannot be written: ${error.message}\n`);
    isBroken = true;
  });
  const write = (level: string, message: string) => {
    if (!isBroken && !stream.closed) stream.write(`${new Date().toISOString()} ${level} ${message}\n`);
  };
  return {
    info: (message) => write('info', message),
    error: (message, cause) => write('error', cause === undefined ? message : `${message}\n${textOf(cause)}`),
    close: () => new Promise((resolve) => (isBroken ? resolve() : stream.end(resolve))),
  };
}

function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const own = cause.stack ?? cause.message;
  return cause.cause === undefined ? own : `${own}\ncaused by ${textOf(cause.cause)}`;
}
