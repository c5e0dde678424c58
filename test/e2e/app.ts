/**
 * The app under test: a server of its own on a fresh data folder, and a page on it. A request that leaves this machine,
 * an error in the page's console and a policy violation fail the test; the server's log is kept beside its screenshot.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import { Home } from './pages/home.ts';

const root = join(import.meta.dirname, '..', '..');

/** Pictures that lie beside the checkout; null, with the reason printed, where they do not. */
export function shared(path: string): string | null {
  const folder = join(root, '..', 'shared', path);
  if (existsSync(folder)) return folder;
  process.stderr.write(`Skipping what needs ../shared/${path}: it is not beside this checkout.\n`);
  return null;
}

export interface App {
  readonly url: string;
  readonly home: string;
  /** Everything that the server has printed. */
  log(): string;
  kill(): Promise<void>;
}

interface Fixtures {
  readonly app: App;
  /** The first screen, opened and signed in. */
  readonly start: Home;
  /** Console errors that a test expects; others fail it. */
  readonly expectedErrors: { readonly patterns: readonly RegExp[] };
}

export const test = base.extend<Fixtures>({
  expectedErrors: [{ patterns: [] }, { option: true }],

  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from this pattern
  app: async ({}, use, testInfo) => {
    const home = await mkdtemp(join(tmpdir(), 'fovea-e2e-'));
    const app = await startApp(home);
    await use(app);
    await app.kill();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('server log', { body: app.log(), contentType: 'text/plain' });
      process.stderr.write(app.log());
    }
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  },

  start: async ({ page, app, expectedErrors }, use) => {
    const problems = watch(page, new URL(app.url).host, expectedErrors.patterns);
    await page.goto(app.url);
    const home = new Home(page);
    await expect(home.invitation).toBeVisible();
    await use(home);
    expect(problems).toEqual([]);
  },
});

export { expect } from '@playwright/test';

/** Collects what must not happen on a page. */
function watch(page: Page, host: string, expected: readonly RegExp[]): readonly string[] {
  const problems: string[] = [];
  const report = (text: string): void => {
    if (!expected.some((pattern) => pattern.test(text))) problems.push(text);
  };
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.host !== host) report(`left this machine: ${request.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') report(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => report(`error: ${error.stack ?? error.message}`));
  return problems;
}

export async function startApp(home: string, port = 0): Promise<App> {
  const child = spawn(
    process.execPath,
    [join(root, 'dist', 'main', 'fovea.js'), 'serve', '--port', String(port), '--no-open'],
    { env: { ...process.env, FOVEA_HOME: home, FOVEA_CACHE: join(home, 'cache') }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const found = /http:\/\/\S+/.exec(log)?.[0];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) =>
      reject(new Error(`The server ended with ${code} before it gave its address:\n${log}`)),
    );
  });
  return { url, home, log: () => log, kill: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(forced);
}
