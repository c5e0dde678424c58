// @ts-check
/** How soon something is seen: of the first screen, and of a project with 5,000 pictures. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from '../statistics.js';
import { seenBy, startApp, withPage, workOf } from './app.js';

/**
 * @typedef {object} Opened  milliseconds
 * @property {number} firstPaint  from the navigation to the first text or picture
 * @property {number} fromStart   from the start of the server's process to that
 * @property {number} work        processor time of the page's main thread until then
 */

/**
 * @param {import('playwright').Browser} browser
 * @param {string} home
 * @param {number} rounds
 * @returns {Promise<Opened>} medians
 */
export async function measureFirstPaint(browser, home, rounds) {
  /** @type {Opened[]} */
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    const app = await startApp(home);
    // the first visit is from the start on, the second finds a warm server
    const fromStart = await withPage(browser, app, async (page, session) => {
      const { firstPaint, timeOrigin } = await open(page, session, `${app.origin}/#/`);
      return timeOrigin + firstPaint - app.startedAt;
    });
    const { firstPaint, work } = await withPage(browser, app, (page, session) =>
      open(page, session, `${app.origin}/#/`),
    );
    await app.close();
    runs.push({ firstPaint, fromStart, work });
  }
  return medians(runs);
}

/** @param {import('playwright').Page} page @param {import('playwright').CDPSession} session @param {string} url */
async function open(page, session, url) {
  await page.goto(url);
  /** @type {{ firstPaint: number, timeOrigin: number }} */
  const paint = await page.evaluate('bench.painted');
  return { ...paint, work: await workOf(session) };
}

/**
 * @typedef {object} Shown  milliseconds from the navigation on
 * @property {number} first  until a tile shows its picture
 * @property {number} all    until all tiles in view do
 * @property {number} work   processor time of the page's main thread
 */

/**
 * Opens a project right after the server has started.
 *
 * @param {import('playwright').Browser} browser
 * @param {{ home: string, projectId: string, rounds: number, isNew: boolean }} order  `isNew`: no thumbnail has been made before
 * @returns {Promise<Shown>} medians
 */
export async function measureProject(browser, { home, projectId, rounds, isNew }) {
  /** @type {Shown[]} */
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    if (isNew) await rm(join(home, 'projects', projectId, 'cache'), { recursive: true, force: true });
    const app = await startApp(home);
    const shown = await withPage(browser, app, async (page, session) => {
      await page.goto(`${app.origin}/#/projects/${projectId}/data`);
      await page.evaluate('bench.shown');
      const { tiles } = await seenBy(page);
      return { ...tiles, work: await workOf(session) };
    });
    await app.close();
    runs.push(shown);
  }
  return medians(runs);
}

/**
 * @template {Record<keyof T, number>} T
 * @param {readonly T[]} runs
 * @returns {T}
 */
function medians(runs) {
  const names = /** @type {(keyof T)[]} */ (Object.keys(runs[0] ?? {})); // as: of the first run, which has all
  const entries = names.map((name) => [name, median(runs.map((run) => run[name]))]);
  return Object.fromEntries(entries);
}
