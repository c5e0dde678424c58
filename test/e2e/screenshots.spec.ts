/**
 * Pictures of every screen, to be looked at: `FOVEA_SCREENSHOTS=1 npx playwright test --config
 * test/playwright.config.ts screenshots` writes them to test/results/screenshots.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, shared, test } from './app.ts';
import { makeFolder } from './folders.ts';
import { Coach } from './pages/coach.ts';

const out = join(import.meta.dirname, '..', 'results', 'screenshots');
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
] as const;

test.skip(process.env['FOVEA_SCREENSHOTS'] === undefined, 'Only on demand: FOVEA_SCREENSHOTS=1.');

test('every screen in both sizes, themes and languages', async ({ app, start, page, browser }) => {
  test.setTimeout(1_800_000); // the lab's experiments run anew for each look
  const folder = shared('data/hymenoptera');
  const data = folder === null ? await start.trySample() : await start.chooseFolder(folder);
  const train = await data.startTraining();
  await train.expectFinished();
  const evaluate = await train.openResults();
  const exports = await evaluate.openExport();
  await exports.exportSelected();
  await exports.step('Coach').click();
  const coach = new Coach(page);
  await coach.run.click();
  await expect(coach.proposal).toBeVisible({ timeout: 200_000 });
  const base = page.url().replace(/\/coach.*$/, '');
  const storageState = await page.context().storageState();

  for (const viewport of SIZES) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const locale of ['en', 'ko']) {
        const context = await browser.newContext({
          viewport,
          colorScheme,
          locale,
          storageState,
          reducedMotion: 'reduce',
        });
        const view = await context.newPage();
        const suffix = `${viewport.width}.${colorScheme}.${locale}.png`;
        await takeAll(view, { origin: new URL(app.url).origin, base, suffix });
        await context.close();
      }
    }
  }
});

async function takeAll(
  page: Page,
  { origin, base, suffix }: { readonly origin: string; readonly base: string; readonly suffix: string },
): Promise<void> {
  const take = async (screen: string): Promise<void> => {
    await page.waitForLoadState('networkidle').catch(() => undefined); // the heartbeat may go on
    await expect
      .poll(() => page.locator('img').evaluateAll((all) => all.every((image) => (image as HTMLImageElement).complete)))
      .toBe(true);
    await page.screenshot({ path: join(out, `${screen}.${suffix}`) });
  };
  await page.goto(`${origin}/#/`);
  await expect(page.locator('a.card img').first()).toBeVisible();
  await take('home');
  await page.goto(`${base}/data`);
  await page.locator('[data-picture]').nth(4).click();
  await take('data');
  await page.goto(`${base}/augment`);
  await page.locator('.presets button').nth(4).click(); // strong
  await page.locator('input[name="augmentation"]').nth(2).check();
  await expect(page.locator('main ul[aria-busy="false"] img[src^="data:"]')).toHaveCount(11);
  await take('augment');
  for (const experiment of ['activations', 'initialisation', 'preprocessing', 'dropout', 'penalties']) {
    await page.goto(`${base}/lab?show=${experiment}`);
    await page.locator('.run .primary').click();
    await expect(page.locator('.picture[aria-busy="false"]')).toBeVisible({ timeout: 60_000 });
    await take(`lab.${experiment}`);
  }
  await page.goto(`${base}/train/new`);
  await expect(page.locator('.big')).toBeEnabled();
  await take('setup');
  await page.locator('summary').click();
  await take('advanced');
  await page.goto(`${base}/train`);
  await expect(page.locator('canvas').first()).toBeVisible();
  await page
    .locator('.plot')
    .first()
    .hover({ position: { x: 180, y: 120 } });
  await take('train');
  await page.goto(`${base}/train/runs`);
  await expect(page.getByRole('checkbox').first()).toBeVisible();
  await take('runs');
  await page.goto(`${base}/evaluate`);
  await expect(page.locator('.gallery img').first()).toBeVisible();
  await take('evaluate');
  await page.locator('.gallery button.pic').first().click();
  await expect(page.locator('.viewer img')).toBeVisible();
  await take('viewer');
  await page.keyboard.press('Escape');
  await page.goto(`${base}/evaluate?heat=on`);
  await expect(page.locator('.gallery img[src^="/heatmaps/"]').first()).toBeVisible();
  await take('evaluate-heat');
  await page.goto(`${base}/try`);
  await page.getByTestId('pictures-input').setInputFiles(await ownPictures());
  await expect(page.locator('aside b')).toBeVisible();
  await take('try');
  await page.goto(`${base}/try?with=folder`);
  await expect(page.locator('.zone')).toBeVisible();
  await take('try-folder');
  await page.goto(`${base}/export`);
  await expect(page.locator('pre')).toBeVisible();
  await take('export');
  await page.goto(`${base}/coach`);
  await expect(page.locator('main canvas').first()).toBeVisible();
  await take('coach');
  await page.goto(`${base}/settings`);
  await expect(page.locator('main code').first()).toBeVisible();
  await take('settings');
}

/** To be tried: pictures of no project. */
async function ownPictures(): Promise<string[]> {
  const folder = shared('data/hymenoptera/val/ants') ?? join(await makeFolder('mine', { some: 6 }), 'some');
  return (await readdir(folder)).slice(0, 6).map((name) => join(folder, name));
}
