/** serve.py of an ONNX export, run as its Dockerfile runs it, beside what the app says of the same pictures. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { predictAnswer, problem } from '../../src-main/contract/model-service.ts';
import { classifyPictures } from '../../src-main/engine/evaluate/classify.ts';
import { exportClassifier } from '../../src-main/engine/export/export.ts';
import { loadTestBackend } from '../helpers/backend.ts';
import { CORNER_LABELS, cornerClassifier } from '../helpers/classifiers.ts';
import { writeOddPictures } from '../helpers/odd-pictures.ts';
import { testPython } from '../helpers/python.ts';

const python = await testPython();
const TOKEN = 'open-sesame';
const MOST_BYTES = 20_000_000;

interface Served {
  readonly child: ChildProcessWithoutNullStreams;
  readonly address: string;
}

async function serve(folder: string, settings: NodeJS.ProcessEnv): Promise<Served> {
  const child = spawn(python!, [join(folder, 'onnx', 'serve.py')], {
    env: { ...process.env, PORT: '0', PYTHONDONTWRITEBYTECODE: '1', ...settings },
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const found = /http:\S+/.exec(chunk.toString())?.[0];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(said)));
  });
  return { child, address };
}

function end({ child }: Served): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill('SIGTERM');
  return ended;
}

function formOf(files: readonly (readonly [name: string, bytes: Buffer])[]): FormData {
  const form = new FormData();
  for (const [name, bytes] of files) form.append('file', new Blob([new Uint8Array(bytes)]), name);
  return form;
}

describe.skipIf(python === null)('serve.py', () => {
  let folder: string;
  let pictures: Record<string, string>;
  let served: Served;
  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    fetch(`${served.address}/predict`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    });
  const read = async (name: string) => readFile(pictures[name] ?? '');

  beforeAll(async () => {
    await loadTestBackend();
    folder = await mkdtemp(join(tmpdir(), 'fovea-test-'));
    pictures = await writeOddPictures(join(folder, 'pictures'));
    await exportClassifier(cornerClassifier(), { order: { folder, formats: ['onnx'], overwrite: false } });
    served = await serve(folder, { TOKEN, MAX_BYTES: String(MOST_BYTES) });
  });
  afterAll(async () => {
    expect(await end(served)).toBe(0);
    await rm(folder, { recursive: true });
  });

  test('answers a form of odd pictures as the app does, turned by EXIF and laid on white', async () => {
    const names = Object.keys(pictures);
    const files = await Promise.all(names.map(async (name) => [`사진 ${name}`, await read(name)] as const));
    const response = await post(formOf(files));
    expect(response.status).toBe(200);
    const { predictions, skipped } = predictAnswer.parse(await response.json());
    expect(skipped).toEqual([]);
    expect(predictions.map(({ file }) => file)).toEqual(files.map(([name]) => name));
    const app = await classifyPictures(
      cornerClassifier(),
      Object.values(pictures).map((file) => ({ file })),
      {},
    );
    for (const [index, { probabilities }] of app.rows.entries()) {
      const theirs = CORNER_LABELS.map((label) => predictions[index]!.probabilities[label] ?? NaN);
      const difference = Math.max(...probabilities.map((value, label) => Math.abs(value - theirs[label]!)));
      // test/interop/samples.test.ts says what each picture may differ by; CMYK most
      expect(difference, names[index]).toBeLessThan(0.03);
    }
    // Red lies top left in the file; EXIF moves it to each corner twice.
    const corners = predictions.slice(0, 8).map(({ predicted }) => CORNER_LABELS.indexOf(predicted));
    expect(corners).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });

  test('answers a raw picture as the same picture in a form', async () => {
    const bytes = await read('transparent.png');
    const raw = predictAnswer.parse(await (await post(new Uint8Array(bytes), { 'content-type': 'image/png' })).json());
    const form = predictAnswer.parse(await (await post(formOf([['a.png', bytes]]))).json());
    expect(raw.predictions).toMatchObject([{ file: null, probabilities: form.predictions[0]!.probabilities }]);
  });

  test('a broken picture does not harm those beside it, and alone is answered 422', async () => {
    const broken = (await read('large.jpg')).subarray(0, 2000);
    const mixed = predictAnswer.parse(
      await (
        await post(
          formOf([
            ['broken.jpg', broken],
            ['tiny.png', await read('tiny.png')],
          ]),
        )
      ).json(),
    );
    expect(mixed.predictions).toMatchObject([{ file: 'tiny.png' }]);
    expect(mixed.skipped).toMatchObject([{ file: 'broken.jpg', code: 'image/unreadable' }]);
    const alone = await post(new Uint8Array(broken), { 'content-type': 'image/jpeg' });
    expect(alone.status).toBe(422);
    expect(problem.parse(await alone.json())).toMatchObject({ code: 'image/unreadable', skipped: [{ file: null }] });
  });

  test('a small file that unfolds into a giant picture is refused', async () => {
    const bomb = await sharp({ create: { width: 11_000, height: 10_000, channels: 3, background: 'red' } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    const response = await post(new Uint8Array(bomb), { 'content-type': 'image/png' });
    expect(response.status).toBe(422);
    expect(problem.parse(await response.json()).detail).toMatch(/exceeds limit/);
  });

  test.each([
    ['without the token', 401, { headers: { authorization: 'Bearer wrong' } }],
    ['an unknown type', 415, { headers: { 'content-type': 'text/plain' } }],
    ['an empty body', 400, { body: '' }],
    ['a form without a boundary', 400, { headers: { 'content-type': 'multipart/form-data' } }],
    [
      'a form that breaks off',
      400,
      { body: '--b\r\n', headers: { 'content-type': 'multipart/form-data; boundary=b' } },
    ],
    ['another address', 404, { path: '/elsewhere' }],
    ['another address’s method', 405, { path: '/labels' }],
  ])(
    '%s is answered %i',
    async (
      _,
      status,
      {
        headers = {},
        body = 'x',
        path = '/predict',
      }: {
        headers?: Record<string, string>;
        body?: string;
        path?: string;
      },
    ) => {
      const response = await fetch(`${served.address}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'image/png', ...headers },
        body,
      });
      expect(response.status).toBe(status);
      expect(problem.parse(await response.json())).toMatchObject({ status });
    },
  );

  test('a body above the limit is answered 413, also to a client that sends all of it', async () => {
    const response = await post(new Uint8Array(MOST_BYTES + 1), { 'content-type': 'image/png' });
    expect(response.status).toBe(413);
  });

  test('labels and health can be read; health needs no token', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect(await (await fetch(`${served.address}/labels`, { headers })).json()).toEqual({ labels: CORNER_LABELS });
    expect((await fetch(`${served.address}/healthz`)).status).toBe(200);
    expect((await fetch(`${served.address}/predict`, { headers })).status).toBe(405);
  });

  test('a client that leaves in the middle harms nobody, and the end waits for no idle connection', async () => {
    const small = await serve(folder, { QUEUE: '1' });
    const { port } = new URL(small.address);
    const leaving = connect(Number(port), '127.0.0.1');
    await new Promise((resolve) => leaving.once('connect', resolve));
    leaving.write('POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nabc');
    const busy = () =>
      new Promise<number>((resolve, reject) => {
        const options = { method: 'POST', headers: { 'content-type': 'image/png', 'content-length': 3 } };
        request(`${small.address}/predict`, options, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .once('error', reject)
          .end('abc');
      });
    await expect.poll(busy, { timeout: 10_000 }).toBe(503);
    leaving.destroy();
    await expect.poll(busy, { timeout: 10_000 }).toBe(422);
    expect(await end(small)).toBe(0);
  });
});
