import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyLimitPlugin, RPCHandler } from '@orpc/server/node';
import type { Studio } from '../studio/studio.ts';
import { sendNotFound } from './respond.ts';

/** Settings, names, and the ids of 100,000 pictures for one edit; pictures themselves come through `/upload`. */
const MOST_BODY_BYTES = 8 * 1024 * 1024;

/** `/rpc/*`: the contract. Event streams carry their numbers as ids, so that a reader can go on where it was cut off. */
export function createRpc(studio: Studio): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const handler = new RPCHandler(studio.router, { plugins: [new BodyLimitPlugin({ maxBodySize: MOST_BODY_BYTES })] });
  return async (request, response) => {
    const { matched } = await handler.handle(request, response, { prefix: '/rpc', context: {} });
    if (!matched) sendNotFound(response, `Fovea has no procedure ${request.url}.`);
  };
}
