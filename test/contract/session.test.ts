import { request } from 'node:http';
import { expect, test } from 'vitest';
import { signIn, startTestServer } from '../helpers/server.ts';

/** A request whose every header is ours, `Host` included. */
function ask(
  port: number,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    asked.once('error', reject);
    asked.end();
  });
}

test('the printed address gives a cookie that scripts and other pages cannot use, and takes the key out of sight', async () => {
  const { url, port } = await startTestServer();
  const response = await fetch(url, { redirect: 'manual' });
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe('/');
  expect(response.headers.get('set-cookie')).toMatch(
    new RegExp(`^fovea-${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
  );
});

test('a link on another page still signs in: the page goes on by itself, since a redirect would lose the strict cookie', async () => {
  const { url } = await startTestServer();
  const response = await fetch(url, { redirect: 'manual', headers: { 'sec-fetch-site': 'cross-site' } });
  expect(response.status).toBe(200);
  expect(response.headers.get('set-cookie')).toContain('SameSite=Strict');
  expect(await response.text()).toContain('http-equiv="refresh"');
});

test.each([
  '',
  '/',
  '/?token=',
  '/?token=wrong',
  '/index.html',
  '/rpc/app/status',
  '/images/a/b',
  '/exports/a/b/onnx.zip',
])('without the cookie nothing is served: %j', async (path) => {
  const { origin } = await startTestServer();
  const response = await fetch(`${origin}${path}`, { headers: { origin }, redirect: 'manual' });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ code: 'session/refused', message: expect.any(String) as string });
  expect(response.headers.get('set-cookie')).toBeNull();
});

test("another server's cookie is worth nothing here", async () => {
  const [one, other] = [await startTestServer(), await startTestServer()];
  const secret = (await signIn(one.url)).split('=')[1] ?? '';
  const response = await fetch(other.origin, { headers: { cookie: `fovea-${other.port}=${secret}` } });
  expect(response.status).toBe(403);
});

test.each([
  ['a name that was pointed at this machine', 'evil.example', 403],
  ['the same with our port', 'evil.example:PORT', 403],
  ['our address as part of a name', '127.0.0.1.evil.example:PORT', 403],
  ['a user before the host', '127.0.0.1:PORT@evil.example', 403],
  ['our address', '127.0.0.1:PORT', 200],
  ['localhost', 'localhost:PORT', 200],
  ['the near end of an SSH tunnel', 'localhost:9000', 200],
])('Host: %s', async (_, host, status) => {
  const { cookie, port } = await startTestServer();
  const own = host.replace('PORT', String(port));
  const headers = { host: own, origin: `http://${own}`, cookie, 'content-type': 'application/json' };
  expect((await ask(port, '/rpc/projects/list', headers, 'POST')).status).toBe(status);
});

test.each([
  ['no word of its origin', {}, 403],
  ['another origin', { origin: 'https://evil.example' }, 403],
  ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
  ['a sandboxed frame', { origin: 'null' }, 403],
  ['another site, by its fetch metadata', { 'sec-fetch-site': 'cross-site' }, 403],
  ['another port, by its fetch metadata', { 'sec-fetch-site': 'same-site' }, 403],
  ['a navigation', { 'sec-fetch-site': 'none' }, 403],
  ['our page', { origin: 'OWN', 'sec-fetch-site': 'same-origin' }, 200],
])('a call that comes from %s', async (_, given: Record<string, string>, status) => {
  const { cookie, port, origin } = await startTestServer();
  const headers = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value.replace('OWN', origin)]),
  );
  const response = await ask(
    port,
    '/rpc/projects/list',
    { ...headers, cookie, 'content-type': 'application/json' },
    'POST',
  );
  expect(response.status).toBe(status);
});

test('pictures and downloads are for our page too: another port of this machine is told apart', async () => {
  const { cookie, port } = await startTestServer();
  for (const site of ['same-site', 'cross-site']) {
    expect((await ask(port, '/images/a/b', { cookie, 'sec-fetch-site': site })).status).toBe(403);
  }
  expect((await ask(port, '/images/a/b', { cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(404);
});

test('every answer forbids the page to load or send anything elsewhere', async () => {
  const server = await startTestServer();
  for (const response of [
    await server.fetch('/'),
    await server.fetch('/rpc/none', { method: 'POST' }),
    await fetch(server.origin),
  ]) {
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  }
});

test('a port that is taken is said in words', async () => {
  const { port } = await startTestServer();
  await expect(startTestServer({ port })).rejects.toMatchObject({
    code: 'setting/out-of-range',
    message: expect.stringContaining(String(port)) as string,
  });
});

test('a data folder that is open is not opened twice', async () => {
  const { dataFolder } = await startTestServer();
  await expect(startTestServer({ dataFolder })).rejects.toMatchObject({ code: 'run/busy' });
});
