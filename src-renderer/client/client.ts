/** The page's end of the one door: typed calls to the server that served it. */
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '../../src-main/contract/procedures.ts';

export type Client = ContractRouterClient<typeof contract>;

export function createClient(origin: string): Client {
  return createORPCClient(new RPCLink({ url: `${origin}/rpc` }));
}
