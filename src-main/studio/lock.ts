import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import { isErrno } from '../system/durable-file.ts';

/**
 * Holds a data folder for this process, because two that number the same runs would spoil them. The lock is a local
 * socket that listens: the system lets go of it however the process ends, so there is nothing stale to judge by its age.
 *
 * @returns lets go
 * @throws EngineError `run/busy` if another process holds the folder
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const address = addressFor(realpathSync(folder));
  const server = await listen(address).catch(async (error: unknown) => {
    if (!isErrno(error, 'EADDRINUSE', 'EACCES')) throw error;
    if (address.startsWith('\0') || process.platform === 'win32' || (await isAnswering(address))) throw inUse(folder);
    await rm(address, { force: true }); // a socket file that a killed process left
    return listen(address);
  });
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function addressFor(folder: string): string {
  const name = `fovea-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`); // on Linux it is no file at all
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', reject);
    server.listen(address, () => resolve(server));
  });
}

function isAnswering(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function inUse(folder: string): EngineError {
  return new EngineError(
    'run/busy',
    `Fovea is already open on ${folder}. Use that window, close it first, or set FOVEA_HOME to another folder.`,
    { folder },
  );
}
