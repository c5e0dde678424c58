// @ts-check
/** A long list of pictures that is scrolled up and down: tiles in the page, and what stays in memory. */
import { seenBy, withPage } from './app.js';

/** Of one turn of the wheel; at ten a second, tiles pass quicker than they can be looked at. */
const STEP_PX = 600;
const STEP_MS = 100;

/** All pictures in one grid: every name holds this. */
const ALL = '/data?search=.jpg';

/** Nearly 4K: more tiles fit than on any usual screen. */
const LARGE = { width: 2560, height: 1440 };

/**
 * @typedef {object} Held  by the page, after its rubbish was collected
 * @property {number} heapBytes
 * @property {number} nodes
 * @property {number} listeners
 *
 * @typedef {{ seen: Held, kept: Held, passes: number }} Memory  `seen`: each picture has been in view once; `kept`: at the end
 */

/**
 * The most tiles in the page while a list is scrolled for a few seconds, in a large window.
 *
 * @param {import('playwright').Browser} browser
 * @param {import('./app.js').App} app
 * @param {string} projectId
 * @returns {Promise<number>}
 */
export async function countTiles(browser, app, projectId) {
  const work = async (/** @type {import('playwright').Page} */ page) => {
    let most = 0;
    for (const place of ['/data', ALL]) {
      await page.goto(`${app.origin}/#/projects/${projectId}${place}`);
      await page.getByRole('gridcell').first().waitFor();
      await page.mouse.move(LARGE.width / 2, LARGE.height / 2);
      for (let turn = 0; turn < 30; turn++) {
        await page.mouse.wheel(0, turn % 10 === 9 ? 100_000 : STEP_PX);
        await page.waitForTimeout(STEP_MS);
      }
      most = Math.max(most, (await seenBy(page)).mostTiles);
    }
    return most;
  };
  return withPage(browser, app, work, LARGE);
}

/**
 * Scrolls a list to its end once, then up and down for so many minutes.
 *
 * @param {import('playwright').Browser} browser
 * @param {import('./app.js').App} app
 * @param {{ projectId: string, minutes: number, say: (line: string) => void }} order
 * @returns {Promise<Memory>}
 */
export async function measureMemory(browser, app, { projectId, minutes, say }) {
  return withPage(browser, app, async (page, session) => {
    await page.goto(`${app.origin}/#/projects/${projectId}${ALL}`);
    await page.getByRole('gridcell').first().waitFor();
    await page.mouse.move(600, 500);
    const held = async (/** @type {string} */ when) => {
      const found = await measureHeld(page, session);
      const { heapBytes, nodes, listeners } = found;
      say(`${when}: ${(heapBytes / 1e6).toFixed(1)} MB, ${nodes} nodes, ${listeners} listeners`);
      return found;
    };
    await held('opened');
    await scrollTo(page, 'end');
    await scrollTo(page, 'start');
    const seen = await held('each picture seen once');
    const until = performance.now() + minutes * 60_000;
    let passes = 0;
    while (performance.now() < until) {
      await scrollTo(page, 'end', until);
      await scrollTo(page, 'start', until);
      passes++;
      if (performance.now() < until) await held(`after ${passes} times down and up`);
    }
    await scrollTo(page, 'start');
    return { seen, kept: await held('at the end'), passes };
  });
}

/** @param {import('playwright').Page} page @param {'start' | 'end'} where @param {number} [until] */
async function scrollTo(page, where, until = Infinity) {
  const grid = page.locator('.scroll.browser');
  const isThere = () =>
    grid.evaluate(
      (pane, end) => (end ? pane.scrollTop + pane.clientHeight >= pane.scrollHeight - 2 : pane.scrollTop <= 0),
      where === 'end',
    );
  while (performance.now() < until && !(await isThere())) {
    for (let turn = 0; turn < 10; turn++) {
      await page.mouse.wheel(0, where === 'end' ? STEP_PX : -STEP_PX);
      await page.waitForTimeout(STEP_MS);
    }
  }
}

/**
 * @param {import('playwright').Page} page
 * @param {import('playwright').CDPSession} session
 * @returns {Promise<Held>}
 */
async function measureHeld(page, session) {
  await page.waitForTimeout(2000); // pictures on their way arrive or are given up
  for (let round = 0; round < 2; round++) await session.send('HeapProfiler.collectGarbage'); // what finalisers let go of
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (/** @type {string} */ name) => metrics.find((one) => one.name === name)?.value ?? NaN;
  return { heapBytes: usedSize, nodes: metric('Nodes'), listeners: metric('JSEventListeners') };
}
