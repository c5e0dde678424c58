import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { AddEvent } from '../../src-main/contract/backbones.ts';
import { repositoryRoot } from '../helpers/shared.ts';
import { buildWorkers, startTestServer, temporaryFolder, type TestClient } from '../helpers/server.ts';

const model = join(repositoryRoot, 'test', 'fixtures', 'graph-models', 'mobilenet_v1', 'fused');
let workers: Awaited<ReturnType<typeof buildWorkers>>;
beforeAll(async () => {
  workers = await buildWorkers();
});
afterAll(() => workers.remove());

async function open(): Promise<TestClient> {
  vi.stubEnv('FOVEA_HOME', await temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  return (await startTestServer({ workers })).client;
}

async function add(client: TestClient, source: string, more: object = {}): Promise<AddEvent[]> {
  const events: AddEvent[] = [];
  for await (const event of await client.backbones.add({ source, ...more })) events.push(event);
  return events;
}

test('a backbone is added from an address with progress, offered for training, and removed', async () => {
  const server = createServer((request, response) => response.end(readFileSync(join(model, request.url?.split('/').at(-1) ?? '')))); // prettier-ignore
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const client = await open();
  const { port } = server.address() as AddressInfo; // as: a listening TCP server has a port
  const events = await add(client, `http://127.0.0.1:${port}/thin/model.json`, { licence: 'MIT' });
  expect(events[0]).toMatchObject({ type: 'download' });
  const backbone = { id: 'thin', isInstalled: true, isAdded: true, isOnRequest: false, licence: 'MIT', imageSize: 224 };
  expect(events.at(-1)).toMatchObject({ type: 'added', backbone });
  expect((await client.app.status()).backbones).toContainEqual(expect.objectContaining(backbone));
  await client.backbones.remove({ id: 'thin' });
  expect((await client.backbones.list()).map(({ id }) => id)).not.toContain('thin');
});

test('the list names all widths of MobileNet; the page chooses among those that are here or were to be', async () => {
  const client = await open();
  const known = await client.backbones.list();
  for (const id of [
    'mobilenet_v1_0.25_224',
    'mobilenet_v1_0.50_224',
    'mobilenet_v1_0.75_224',
    'mobilenet_v1_1.0_224',
    'mobilenet_v2_0.50_224',
    'mobilenet_v2_0.75_224',
    'mobilenet_v2_1.0_224',
  ])
    // prettier-ignore
    expect(known.map((choice) => choice.id)).toContain(id);
  const offered = (await client.app.status()).backbones.map(({ id }) => id);
  expect(offered).toEqual(
    known.filter(({ isInstalled, isOnRequest }) => isInstalled || !isOnRequest).map(({ id }) => id),
  );
});

test('what cannot be added is refused with its reason', async () => {
  const client = await open();
  await expect(add(client, 'mobilenet_v9')).rejects.toMatchObject({ data: { code: 'backbone/unknown' } });
  await expect(add(client, join(repositoryRoot, 'package.json'))).rejects.toMatchObject({ data: { code: 'backbone/unreadable' } }); // prettier-ignore
  await expect(client.backbones.remove({ id: 'thin' })).rejects.toMatchObject({ data: { code: 'backbone/unknown' } });
});
