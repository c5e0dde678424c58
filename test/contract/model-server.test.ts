/** The HTTP of `fovea serve-model`, with a stand-in for the process that holds the model. */
import { writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { healthAnswer, labelsAnswer, predictAnswer, problem } from '../../src-main/contract/model-service.ts';
import { startModelServer, type ModelServerOptions } from '../../src-main/server/model-server.ts';
import { MOST_FILES } from '../../src-main/server/sent-pictures.ts';
import { SILENT_LOG } from '../../src-main/studio/log.ts';
import { FAKE_WORKERS, temporaryFolder } from '../helpers/server.ts';

async function serve(options: Partial<ModelServerOptions> = {}) {
  const server = await startModelServer({
    modelFolder: 'a model',
    name: 'pets',
    host: '127.0.0.1',
    port: 0,
    queueLength: 8,
    mostPictureBytes: 1000,
    top: null,
    token: null,
    log: SILENT_LOG,
    worker: FAKE_WORKERS.classify,
    ...options,
  });
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await server.close();
    isClosed = true;
  };
  onTestFinished(close);
  const ask = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, init);
  const post = (body: BodyInit, headers: Record<string, string> = { 'content-type': 'image/jpeg' }) =>
    ask('/predict', { method: 'POST', body, headers });
  const postForm = (files: readonly (readonly [name: string, content: string])[]) => {
    const form = new FormData();
    for (const [name, content] of files) form.append('any field', new Blob([content]), name);
    return ask('/predict', { method: 'POST', body: form });
  };
  return { ...server, close, ask, post, postForm, port: Number(new URL(server.url).port) };
}

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = problem.strict().parse(await response.json());
  expect(body.status).toBe(response.status);
  return body;
}

test('a raw picture is answered with every class', async () => {
  const { post } = await serve();
  const response = await post('picture 0.25');
  expect(response.status).toBe(200);
  expect(predictAnswer.strict().parse(await response.json())).toEqual({
    model: 'pets',
    predictions: [
      {
        file: null,
        predicted: 'dog',
        probabilities: { cat: 0.25, dog: 0.75 },
        milliseconds: expect.any(Number) as number,
      },
    ],
    skipped: [],
  });
});

test('a form is answered file by file, in order, and what cannot be read harms nobody', async () => {
  const { postForm } = await serve({ top: 1 });
  const response = await postForm([
    ['고양이 (1).jpg', '0.75'],
    ['b.jpg', 'broken'],
    ['C:\\photos\\c.jpg', 'crash'],
    ['large.jpg', 'x'.repeat(1001)],
    ['e.jpg', '0.125'],
  ]);
  const { predictions, skipped } = predictAnswer.parse(await response.json());
  expect(predictions).toMatchObject([
    { file: '고양이 (1).jpg', predicted: 'cat', probabilities: { cat: 0.75 } },
    { file: 'e.jpg', predicted: 'dog', probabilities: { dog: 0.875 } },
  ]);
  expect(skipped).toEqual([
    { file: 'b.jpg', code: 'image/unreadable', message: 'truncated: the file ends before the picture does' },
    { file: 'c.jpg', code: 'image/unreadable', message: expect.stringContaining('SIGSEGV') as string },
    { file: 'large.jpg', code: 'image/unreadable', message: 'too large: a file may have 1000 bytes' },
  ]);
});

test('where no picture can be read the answer is a problem that names each', async () => {
  const { post, postForm } = await serve();
  const alone = await problemOf(await post('broken'));
  expect(alone).toMatchObject({ status: 422, code: 'image/unreadable', skipped: [{ file: null }] });
  expect(alone.detail).toContain('truncated');
  const both = await problemOf(
    await postForm([
      ['a', 'broken'],
      ['b', 'broken'],
    ]),
  );
  expect(both).toMatchObject({ status: 422, skipped: [{ file: 'a' }, { file: 'b' }] });
  expect((await postForm([['a', 'x'.repeat(1001)]])).status).toBe(413);
});

const FORM = 'multipart/form-data; boundary=b';
const FILE = '--b\r\ncontent-disposition: form-data; name="f"; filename="a.jpg"\r\n\r\n0.5';

test.each([
  ['an empty body', 400, '', 'image/png'],
  ['a form without a boundary', 400, 'x', 'multipart/form-data'],
  ['a form without a file', 400, '--b\r\ncontent-disposition: form-data; name="f"\r\n\r\nx\r\n--b--\r\n', FORM],
  ['a form that ends within a file', 400, FILE, FORM],
  ['a form that ends after the first line', 400, '--b\r\n', FORM],
  ['text', 415, 'x', 'text/plain'],
  ['what curl sends if it is told nothing', 415, 'x', 'application/x-www-form-urlencoded'],
  ['a picture above the limit', 413, 'x'.repeat(1001), 'image/png'],
] as const)('%s is answered %i', async (_, status, body, type) => {
  const { post } = await serve();
  expect(await problemOf(await post(body, { 'content-type': type }))).toMatchObject({
    status,
    code: 'request/refused',
  });
  expect((await post('0.5')).status).toBe(200); // the connection is still good
});

test('the type application/octet-stream is a picture, a compressed body is not', async () => {
  const { post } = await serve();
  expect((await post('0.5', { 'content-type': 'application/octet-stream' })).status).toBe(200);
  const compressed = await post('0.5', { 'content-type': 'image/png', 'content-encoding': 'gzip' });
  expect((await problemOf(compressed)).status).toBe(415);
});

test('more files than a form may hold are refused, not left out', async () => {
  const { postForm } = await serve();
  const files = Array.from({ length: MOST_FILES + 1 }, (_, index) => [`${index}`, '0.5'] as const);
  expect((await problemOf(await postForm(files))).status).toBe(413);
  expect((await postForm(files.slice(1))).status).toBe(200);
});

test('a body of unknown length is cut off at the limit', async () => {
  const { port } = await serve();
  const status = await new Promise<number>((resolve, reject) => {
    const options = { port, path: '/predict', method: 'POST', headers: { 'content-type': 'image/png' } };
    const sending = httpRequest(options, (response) => {
      response.resume();
      sending.end();
      resolve(response.statusCode ?? 0);
    }).once('error', reject);
    sending.write('x'.repeat(600));
    sending.write('x'.repeat(600));
  });
  expect(status).toBe(413);
});

test('addresses and methods that do not exist are told from each other', async () => {
  const { ask } = await serve();
  expect(await problemOf(await ask('/elsewhere'))).toMatchObject({ status: 404, code: 'request/refused' });
  expect((await ask('/toString')).status).toBe(404);
  const wrong = await ask('/predict');
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
  const written = await ask('/labels', { method: 'POST' });
  expect([written.status, written.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('labels, health and a page for people can be read', async () => {
  const { ask, url } = await serve();
  expect(labelsAnswer.strict().parse(await (await ask('/labels')).json())).toEqual({ labels: ['cat', 'dog'] });
  expect(healthAnswer.strict().parse(await (await ask('/healthz')).json())).toEqual({
    status: 'ok',
    model: 'pets',
    underWay: 0,
  });
  expect(await (await ask('/')).text()).toContain(`curl -F file=@photo.jpg -F file=@another.png ${url}/predict`);
  const head = await ask('/labels', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('with a token nothing but health is answered without it', async () => {
  const { ask } = await serve({ token: 's3cret' });
  const statusOf = async (path: string, authorization?: string) =>
    (await ask(path, { headers: authorization === undefined ? {} : { authorization } })).status;
  expect(await statusOf('/labels')).toBe(401);
  expect(await statusOf('/labels', 'Bearer wrong')).toBe(401);
  expect(await statusOf('/labels', 'Basic s3cret')).toBe(401);
  expect(await statusOf('/labels', 'Bearer s3cret')).toBe(200);
  expect(await statusOf('/healthz')).toBe(200);
  const refused = await ask('/predict', { method: 'POST', body: 'x' });
  expect(refused.headers.get('www-authenticate')).toBe('Bearer');
  expect(await problemOf(refused)).toMatchObject({ status: 401, code: 'session/refused' });
});

test('without a token no page of another site can use it, by name or by origin', async () => {
  const { port, ask } = await serve();
  const statusWith = (headers: Record<string, string>) =>
    new Promise((resolve, reject) => {
      const asked = httpRequest({ port, path: '/labels', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.once('error', reject).end();
    });
  expect(await statusWith({ host: 'evil.example' })).toBe(403);
  expect(await statusWith({ host: `localhost:${port}` })).toBe(200);
  const asked = await ask('/predict', { method: 'POST', body: 'x', headers: { origin: 'http://evil.example' } });
  expect(await problemOf(asked)).toMatchObject({ status: 403, code: 'session/refused' });
  expect((await ask('/labels', { headers: { origin: 'null' } })).status).toBe(403);
});

test('when all places are taken more are told when to come again, and are taken later', async () => {
  const { post, ask } = await serve({ queueLength: 2 });
  const gate = join(await temporaryFolder(), 'gate');
  const taken = [post(`wait for ${gate}`), post(`wait for ${gate}`)];
  const underWay = async () => healthAnswer.parse(await (await ask('/healthz')).json()).underWay;
  await expect.poll(underWay).toBe(2);
  const refused = await post('0.5');
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'run/busy' });
  await writeFile(gate, '');
  expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await post('0.5')).status).toBe(200);
});

test('a client that leaves in the middle of its picture gives its place back', async () => {
  const { port, ask, post } = await serve({ queueLength: 1 });
  const underWay = async () => healthAnswer.parse(await (await ask('/healthz')).json()).underWay;
  const leaving = connect(port, '127.0.0.1');
  leaving.write(
    'POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\nContent-Length: 900\r\n\r\nabc',
  );
  await expect.poll(underWay).toBe(1);
  leaving.destroy();
  await expect.poll(underWay).toBe(0);
  expect((await post('0.5')).status).toBe(200);
});

test('a client that sends too slowly is cut off and gives its place back', async () => {
  const { port, post } = await serve({ queueLength: 1, requestLimitMs: 300 });
  const slow = connect(port, '127.0.0.1');
  onTestFinished(() => void slow.destroy());
  slow.write('POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\nContent-Length: 900\r\n\r\nabc');
  expect(await text(slow)).toMatch(/^HTTP\/1\.1 408 /);
  expect((await post('0.5')).status).toBe(200);
});

test('a failure of the model’s process is answered 500, and a crash of it is survived', async () => {
  const { post } = await serve();
  expect(await problemOf(await post('fail'))).toMatchObject({ status: 500, code: 'internal' });
  expect((await problemOf(await post('crash'))).status).toBe(422);
  expect((await post('0.5')).status).toBe(200);
});

test('at the end what is under way is finished and nothing new is taken', async () => {
  const { post, close, ask, port } = await serve();
  const gate = join(await temporaryFolder(), 'gate');
  const kept = connect(port, '127.0.0.1'); // a connection that was there before
  kept.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n');
  const underWay = post(`wait for ${gate}`);
  await expect.poll(async () => healthAnswer.parse(await (await ask('/healthz')).json()).underWay).toBe(1);
  const closed = close();
  kept.write('\r\n');
  const answer = await text(kept);
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toContain('"status":"ending"');
  await expect(ask('/healthz')).rejects.toThrow('fetch failed');
  await writeFile(gate, '');
  expect((await underWay).status).toBe(200);
  await closed;
});

test('the description names every address, and its answers are what it says', async () => {
  const { ask } = await serve({ token: 't' });
  const document = (await (await ask('/openapi.json', { headers: { authorization: 'Bearer t' } })).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
    components: { schemas: Record<string, { required: string[] }>; securitySchemes: unknown };
  };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual(['/predict', '/labels', '/healthz', '/openapi.json']);
  expect(Object.keys(document.paths['/predict']!['post']!.responses)).toEqual([
    '200',
    '400',
    '401',
    '413',
    '415',
    '422',
    '500',
    '503',
  ]);
  expect(document.components.securitySchemes).toEqual({ token: { type: 'http', scheme: 'bearer' } });
  const references = JSON.stringify(document).match(/#\/components\/schemas\/\w+/g) ?? [];
  const defined = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect([...new Set(references)].sort()).toEqual(defined.sort());
});

test('what cannot be served says why before anything listens', async () => {
  await expect(serve({ modelFolder: 'missing' })).rejects.toMatchObject({ code: 'model/not-found' });
  await expect(serve({ modelFolder: 'dies' })).rejects.toMatchObject({ code: 'run/crashed' });
  const { port } = await serve();
  await expect(serve({ port })).rejects.toMatchObject({ code: 'setting/out-of-range' });
  await expect(serve({ host: '203.0.113.7' })).rejects.toMatchObject({ code: 'setting/out-of-range' });
});
