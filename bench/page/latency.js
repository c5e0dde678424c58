// @ts-check
/** How long the page takes to answer keys and clicks while a training takes every core. */
import { seenBy, withPage, workOf } from './app.js';

const INTERVAL_MS = 200;
/** The Event Timing API says nothing of what was shown sooner. */
const LEAST_MS = 16;

/** @typedef {{ latencies: number[], longTasks: number[], work: number[], epochs: number }} Input  milliseconds */

/**
 * Trains the upper layers on the sample pictures, and meanwhile presses a key or a button five times a second: on the
 * curves as they grow, in the palette, among the pictures.
 *
 * @param {import('playwright').Browser} browser
 * @param {import('./app.js').App} app
 * @param {{ projectId: string, rounds: number, say: (line: string) => void }} order
 * @returns {Promise<Input>}  `latencies`: of each key and click, from the event to the next picture; `work`: processor time of the
 *   main thread from each to the next, with all that it brings about
 */
export async function measureInput(browser, app, { projectId, rounds, say }) {
  return withPage(browser, app, async (page, session) => {
    await startTraining(page, `${app.origin}/#/projects/${projectId}`);
    await page.evaluate('bench.events.length = bench.longTasks.length = 0'); // those of loading
    let count = 0;
    const work = [];
    let before = await workOf(session);
    for (let round = 0; round < rounds; round++) {
      for (const act of ACTIONS) {
        const started = performance.now();
        await act(page);
        count++;
        await page.waitForTimeout(Math.max(0, INTERVAL_MS - (performance.now() - started)));
        const now = await workOf(session);
        work.push(now - before);
        before = now;
      }
      say(`${count} keys and clicks`);
      say(
        work
          .slice(-ACTIONS.length)
          .map((w, i) => i + ':' + w.toFixed(0))
          .join(' '),
      );
    }
    await page.waitForTimeout(1000);
    const { events, longTasks } = await seenBy(page);
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    const epochs = await page.getByRole('complementary').locator('tbody tr').count();
    await page.getByRole('button', { name: /^Stop/ }).click();
    await page.getByRole('link', { name: 'See results' }).waitFor({ timeout: 120_000 });
    const slowest = new Map();
    for (const { id, ms } of events) slowest.set(id, Math.max(ms, slowest.get(id) ?? 0));
    const measured = [...slowest.values()];
    say(
      `slowest: ${[...events]
        .sort((a, b) => b.ms - a.ms)
        .slice(0, 8)
        .map(({ name, ms }) => `${name} ${ms}`)
        .join(', ')}`,
    );
    const unnoticed = Array.from({ length: Math.max(0, count - measured.length) }, () => LEAST_MS);
    return { latencies: [...measured, ...unnoticed], longTasks, work, epochs };
  });
}

/** Ends once epochs come in. @param {import('playwright').Page} page @param {string} project */
async function startTraining(page, project) {
  await page.goto(`${project}/train/new`);
  const main = page.getByRole('main');
  await main.getByRole('radio', { name: 'Upper layers', exact: true }).check();
  await main.getByText('Advanced').click();
  await main.getByLabel('Fine-tuning epochs', { exact: true }).fill('1000');
  await main.getByLabel('Patience', { exact: true }).fill('0');
  await main.getByLabel('Coach before long runs').uncheck();
  await main.getByRole('button', { name: 'Train', exact: true }).click();
  await page.getByRole('complementary').locator('tbody tr').nth(25).waitFor({ timeout: 300_000 }); // the head's 20 are over
}

/** @type {readonly ((page: import('playwright').Page) => Promise<unknown>)[]} */
const ACTIONS = [
  ...['Tab', 'Tab', 'Tab', 'Tab'].map(press),
  ({ mouse }) => mouse.click(640, 420), // into the curves
  ...['Control+k', 't', 'h', 'e', 'm', 'ArrowDown', 'ArrowDown', 'Escape'].map(press),
  ...['g', 'd'].map(press),
  (page) => page.getByRole('gridcell').first().click(),
  ...['ArrowRight', 'ArrowRight', 'ArrowDown', 'Space', 'ArrowDown', 'Escape'].map(press),
  (page) => page.getByRole('searchbox').click(),
  ...['c', 'i', 'r', 'Backspace', 'Backspace', 'Backspace', 'Tab'].map(press),
  ...['g', 'l'].map(press),
  ...['g', 'a'].map(press),
  ...['g', 't'].map(press),
];

/** @param {string} key @returns {(page: import('playwright').Page) => Promise<void>} */
function press(key) {
  return ({ keyboard }) => keyboard.press(key);
}
