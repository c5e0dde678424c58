import type { Server } from 'node:http';
import { EngineError } from '../contract/errors.ts';
import { isErrno } from '../system/durable-file.ts';

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
