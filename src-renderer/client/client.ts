/** The page's end of the one door: typed calls to the server that served it. */
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '../../src-main/contract/procedures.ts';
import type { Tabs } from './tabs.ts';

export type Client = ContractRouterClient<typeof contract>;

export function createClient(origin: string, tabs: Tabs): Client {
  const link = new RPCLink({
    url: `${origin}/rpc`,
    interceptors: [
      async ({ next, path, input }) => {
        const output = await next();
        tabs.called(path, input);
        return output;
      },
    ],
  });
  return createORPCClient(link);
}
