// @ts-check
/** The app as its user has it: this checkout's build on a data folder of the benchmark's, and a page in Chromium. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { findChromium } from '../../scripts/setup/chromium.js';
import { root, run } from '../../scripts/run.js';
import { endWithUs } from '../processes.js';

/** Of the window, unless a figure says otherwise. */
export const VIEWPORT = { width: 1440, height: 900 };

/**
 * @typedef {object} App
 * @property {string} url        signs in whoever opens it
 * @property {string} origin
 * @property {number} startedAt  of the process, on the clock of the day
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Seen  by `in-page.js`, in milliseconds
 * @property {{ first: number, all: number }} tiles  when the first, and all in view, showed their pictures; 0 until then
 * @property {number} mostTiles
 * @property {{ id: number, name: string, ms: number }[]} events  of keys and clicks, until the next picture of the screen
 * @property {number[]} longTasks
 */

/** Builds server and page. */
export async function buildApp() {
  if ((await run(process.execPath, ['scripts/build.js'])) !== 0) throw new Error('The app cannot be built');
}

/**
 * @param {string} home  the data folder
 * @returns {Promise<App>}
 */
export async function startApp(home) {
  const startedAt = Date.now();
  const child = spawn(process.execPath, ['dist/main/fovea.js', 'serve', '--port', '0', '--no-open'], {
    cwd: root,
    env: { ...process.env, FOVEA_HOME: home, FOVEA_CACHE: join(home, 'cache') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithUs(child);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  /** @type {string} */
  const url = await new Promise((resolve, reject) => {
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      printed += text;
      const found = /http:\/\/\S+/.exec(printed)?.[0];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`The server ended with ${code} before it gave its address`)));
  });
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { url, origin: new URL(url).origin, startedAt, close };
}

/** @returns {Promise<import('playwright').Browser>} to be closed by the caller */
export async function startBrowser() {
  const executablePath = findChromium();
  return chromium.launch({
    ...(executablePath === null ? {} : { executablePath }),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--enable-precise-memory-info'],
  });
}

/**
 * An empty page of a browser that has never been here, signed in; closed after `work`.
 *
 * @template T
 * @param {import('playwright').Browser} browser
 * @param {App} app
 * @param {(page: import('playwright').Page, session: import('playwright').CDPSession) => Promise<T>} work  `session` has its metrics enabled
 * @param {import('playwright').ViewportSize} [viewport]
 * @returns {Promise<T>}
 */
export async function withPage(browser, app, work, viewport = VIEWPORT) {
  const context = await browser.newContext({ viewport, locale: 'en-US' });
  try {
    await context.request.get(app.url);
    await context.addInitScript({ path: join(import.meta.dirname, 'in-page.js') });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    return await work(page, session);
  } finally {
    await context.close();
  }
}

/**
 * @param {import('playwright').Page} page
 * @returns {Promise<Seen>}
 */
export async function seenBy(page) {
  return page.evaluate('(({ shown, painted, ...seen }) => seen)(bench)');
}

/**
 * Processor time that the page's main thread has taken so far, in milliseconds: what others do on the machine hardly counts.
 *
 * @param {import('playwright').CDPSession} session
 */
export async function workOf(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
}

/**
 * Calls a procedure of the contract.
 *
 * @param {import('playwright').Browser} browser
 * @param {App} app
 * @param {string} procedure  "projects/create"
 * @param {unknown} [input]
 * @returns {Promise<any>}
 */
export async function call(browser, app, procedure, input) {
  const context = await browser.newContext();
  try {
    await context.request.get(app.url);
    const answer = await context.request.post(`${app.origin}/rpc/${procedure}`, {
      data: input === undefined ? {} : { json: input },
      headers: { origin: app.origin },
      timeout: 600_000,
    });
    const body = await answer.json();
    if (!answer.ok()) throw new Error(`${procedure}: ${JSON.stringify(body)}`);
    return body.json;
  } finally {
    await context.close();
  }
}

/**
 * A project on a folder of pictures.
 *
 * @param {import('playwright').Browser} browser
 * @param {App} app
 * @param {string} folder
 * @returns {Promise<string>} its id
 */
export async function createProject(browser, app, folder) {
  const { id } = await call(browser, app, 'projects/create', {});
  await call(browser, app, 'dataset/useFolder', { projectId: id, folder });
  return id;
}
