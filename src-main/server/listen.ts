import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { EngineError } from '../contract/errors.ts';
import { isErrno, writeFileDurably } from '../system/durable-file.ts';

/**
 * Lets a server listen.
 *
 * @param port  0 takes a free one.
 * @returns     the port.
 * @throws EngineError `setting/out-of-range` if port or address cannot be had
 */
export async function listen(server: Server, port: number, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, port, host)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return address.port;
}

/**
 * Lets a server listen on the port of last time, if that is free: what a browser keeps for a page (language, theme, bookmarks)
 * belongs to its address, port included.
 *
 * @param file         holds the port; written where it is another.
 * @param onForgotten  told why it could not be read or written: the address will be another.
 * @returns            the port.
 */
export async function listenAsBefore(
  server: Server,
  file: string,
  onForgotten: (error: unknown) => void,
): Promise<number> {
  const before = await portIn(file).catch((error: unknown) => {
    onForgotten(error);
    return 0;
  });
  const port = await listen(server, before).catch((error: unknown) => {
    if (before === 0 || !(error instanceof EngineError)) throw error;
    return listen(server, 0); // another program has it now
  });
  if (port !== before) await writeFileDurably(file, `${port}\n`).catch(onForgotten);
  return port;
}

/** 0 where there is none that could be had. */
async function portIn(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return '';
    throw error;
  });
  const port = Number(text);
  return Number.isInteger(port) && port >= 1024 && port <= 65_535 ? port : 0;
}

function explain(error: Error, port: number, host: string): Error {
  if (isErrno(error, 'EADDRINUSE', 'EACCES')) {
    const message = `Port ${port} cannot be used: another program has it, or the system keeps it. Choose another, or 0 for a free one.`;
    return new EngineError('setting/out-of-range', message, { port }, { cause: error });
  }
  if (isErrno(error, 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL')) {
    const message = `The address "${host}" is none of this machine's. Give one that is, or 127.0.0.1 for this machine alone.`;
    return new EngineError('setting/out-of-range', message, { host }, { cause: error });
  }
  return error;
}
