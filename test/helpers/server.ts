import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { contract } from '../../src-main/contract/procedures.ts';
import { startServer, type RunningServer, type ServerOptions } from '../../src-main/server/server.ts';
import { repositoryRoot } from './shared.ts';

export type TestClient = ContractRouterClient<typeof contract>;

/** Programs that stand in for the workers: no pictures, no native code. */
export const FAKE_WORKERS = {
  compute: join(repositoryRoot, 'test', 'fixtures', 'workers', 'fake-compute.js'),
  media: join(repositoryRoot, 'test', 'fixtures', 'workers', 'fake-media.js'),
  classify: join(repositoryRoot, 'test', 'fixtures', 'workers', 'fake-classify.js'),
  predictor: join(repositoryRoot, 'test', 'fixtures', 'workers', 'fake-predictor.js'),
};

/** A server of its own for one test, as a browser that has opened its address sees it. */
export interface TestServer extends RunningServer {
  readonly dataFolder: string;
  readonly cookie: string;
  readonly client: TestClient;
  /** Fetches as the page would: with its cookie and origin. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** Starts a real server on a fresh data folder, or on the given one; all of it is gone when the test ends. */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const dataFolder = options.dataFolder ?? (await temporaryFolder());
  const server = await startServer({ workers: FAKE_WORKERS, ...options, dataFolder });
  onTestFinished(() => server.close());
  const cookie = await signIn(server.url);
  const headers = { cookie, origin: server.origin };
  const link = new RPCLink({ url: `${server.origin}/rpc`, headers });
  return {
    ...server,
    dataFolder,
    cookie,
    client: createORPCClient<TestClient>(link),
    fetch: (path, init) =>
      fetch(`${server.origin}${path}`, { redirect: 'manual', ...init, headers: { ...headers, ...init?.headers } }),
  };
}

/** Opens the printed address and keeps the cookie that it gives. */
export async function signIn(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' });
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Bundles the real workers from the present sources, beside the checkout's packages. */
export async function buildWorkers(): Promise<{
  compute: string;
  media: string;
  predictor: string;
  trial: string;
  classify: string;
  remove(): Promise<void>;
}> {
  const outdir = join(repositoryRoot, 'test', 'results', `workers-${process.pid}`);
  const worker = (name: string) => join(repositoryRoot, 'src-main', 'worker', `${name}.ts`);
  await build({
    outdir,
    entryPoints: ['compute', 'probe', 'trial', 'media', 'classify', 'predictor'].map(worker),
    bundle: true,
    platform: 'node',
    format: 'esm',
    splitting: true,
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  return {
    compute: join(outdir, 'compute.js'),
    media: join(outdir, 'media.js'),
    predictor: join(outdir, 'predictor.js'),
    trial: join(outdir, 'trial.js'),
    classify: join(outdir, 'classify.js'),
    remove: () => rm(outdir, { recursive: true, force: true }),
  };
}
