import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { downloadPinned } from '../../scripts/setup/download.js';
import { hashText } from '../../scripts/setup/hash.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) & 255));
const pin = { sha256: hashText(content), bytes: content.length };

let folder: string;
let target: string;
let server: Server;
let url: string;
/** Each request's Range header, in order. */
let asked: (string | undefined)[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

/** Sends what the Range header asks for, as a static file host does. */
function sendRange(request: IncomingMessage, response: ServerResponse, upTo = content.length): void {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
  response.write(content.subarray(from, upTo), () => (upTo < content.length ? response.destroy() : response.end()));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fovea-download-'));
  target = join(folder, 'inside', 'model.bin');
  asked = [];
  answer = sendRange;
  server = createServer((request, response) => {
    asked.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.bin`; // as: a listening TCP server has a port
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

test('a download is there only whole, and reports its bytes', async () => {
  const seen: number[] = [];
  await downloadPinned(url, target, pin, { onBytes: (done) => seen.push(done) });
  expect(await readFile(target)).toEqual(content);
  expect(seen.at(-1)).toBe(content.length);
  expect(await readdir(join(folder, 'inside'))).toEqual(['model.bin']);
});

test('a full disk is told in words', async () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
  const onBytes = () => {
    throw full;
  };
  await expect(downloadPinned(url, target, pin, { onBytes })).rejects.toThrow(/the disk is full/);
});

test('a connection that breaks is taken up where it stopped', async () => {
  answer = (request, response) => sendRange(request, response, asked.length === 1 ? 100_000 : content.length);
  await downloadPinned(url, target, pin);
  expect(await readFile(target)).toEqual(content);
  const [first, from] = [asked[0], Number(/^bytes=(\d+)-$/.exec(asked[1] ?? '')?.[1])];
  // How much of what was sent arrives before a broken connection is noticed is the system's affair.
  expect([first, from > 0, from <= 100_000, asked.length]).toEqual([undefined, true, true, 2]);
});

test('what a killed set-up had downloaded is used', async () => {
  await writeFile(join(folder, 'b.bin.partial'), content.subarray(0, 250_000));
  await downloadPinned(url, join(folder, 'b.bin'), pin);
  expect(await readFile(join(folder, 'b.bin'))).toEqual(content);
  expect(asked).toEqual(['bytes=250000-']);
});

test('a host that ignores Range is read from the start', async () => {
  await writeFile(join(folder, 'b.bin.partial'), content.subarray(0, 250_000));
  answer = (_request, response) => response.end(content);
  await downloadPinned(url, join(folder, 'b.bin'), pin);
  expect(await readFile(join(folder, 'b.bin'))).toEqual(content);
});

test('another file than the pinned one is refused and removed', async () => {
  answer = (_request, response) => response.end(Buffer.alloc(content.length));
  await expect(downloadPinned(url, target, pin)).rejects.toThrow(/is not the expected file/);
  expect(await readdir(join(folder, 'inside'))).toEqual([]);
});

test('a longer file than the pinned one is refused', async () => {
  answer = (_request, response) => response.end(Buffer.alloc(content.length + 1));
  await expect(downloadPinned(url, target, pin)).rejects.toThrow(/more bytes came/);
});

test('an error status is reported with the host, and asked for once', async () => {
  answer = (_request, response) => response.writeHead(403).end();
  await expect(downloadPinned(url, target, pin)).rejects.toThrow(/^127\.0\.0\.1:\d+: answered with HTTP status 403$/);
  expect(asked).toHaveLength(1);
});

test('a silent host is given up', async () => {
  answer = () => {};
  await expect(downloadPinned(url, target, pin, { silenceMs: 200 })).rejects.toThrow(/no answer within 0.2 s/);
});

test('a redirect is followed', async () => {
  answer = (request, response) => {
    if (request.url === '/model.bin') response.writeHead(302, { location: '/elsewhere.bin' }).end();
    else sendRange(request, response);
  };
  await downloadPinned(url, target, pin);
  expect(await readFile(target)).toEqual(content);
});
