import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer, temporaryFolder } from '../helpers/server.ts';

async function makePage(): Promise<string> {
  const folder = await temporaryFolder();
  const pageFolder = join(folder, 'renderer');
  await mkdir(join(pageFolder, 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(pageFolder, 'index.html'), '<!doctype html><title>Fovea</title>');
  await writeFile(join(pageFolder, 'assets', 'page-abc.js'), 'export {}');
  return pageFolder;
}

test('the page is asked for each time, its hashed files never again', async () => {
  const { fetch } = await startTestServer({ pageFolder: await makePage() });
  const page = await fetch('/');
  expect(await page.text()).toContain('<title>Fovea</title>');
  expect(page.headers.get('content-type')).toBe('text/html;charset=utf-8');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  expect((await fetch('/', { headers: { 'if-none-match': page.headers.get('etag') ?? '' } })).status).toBe(304);
  const script = await fetch('/assets/page-abc.js');
  expect(script.headers.get('content-type')).toContain('javascript');
  expect(script.headers.get('cache-control')).toContain('immutable');
});

test('nothing beside the page is served', async () => {
  const { fetch } = await startTestServer({ pageFolder: await makePage() });
  for (const path of [
    '/secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/none',
    '//secret.txt',
  ]) {
    expect([path, (await fetch(path)).status]).toEqual([path, 404]);
  }
  expect((await fetch('/', { method: 'POST' })).status).toBe(404);
});

test('a page that is built again while the server runs is served as it is then', async () => {
  const pageFolder = await makePage();
  const { fetch } = await startTestServer({ pageFolder });
  expect((await fetch('/assets/page-abc.js')).status).toBe(200);
  await rm(join(pageFolder, 'assets', 'page-abc.js'));
  await writeFile(join(pageFolder, 'assets', 'page-def.js'), 'export {}');
  expect((await fetch('/assets/page-abc.js')).status).toBe(404);
  expect((await fetch('/assets/page-def.js')).status).toBe(200);
});

test('a page that was never built is said in words', async () => {
  const { fetch } = await startTestServer({ pageFolder: '/nowhere' });
  const response = await fetch('/');
  expect([response.status, await response.text()]).toEqual([503, 'The page is not built. Run: npm run build\n']);
});
