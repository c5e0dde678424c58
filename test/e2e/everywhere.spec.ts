/** What holds on every screen: languages, themes, the keyboard, screen readers, a server that goes away. */
import type { Locator, Page } from '@playwright/test';
import { expect, startApp, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import { Frame } from './pages/frame.ts';

/** Presses Tab until an element has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let press = 0; press < 80; press++) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) return;
  }
  throw new Error(`Tab does not reach ${target.toString()}`);
}

test('without any pictures of one’s own, the sample set shows the whole job, by keyboard alone', async ({
  start,
  page,
}) => {
  await tabTo(page, page.getByRole('button', { name: 'Try the sample set' }));
  await page.keyboard.press('Enter');
  const train = page.getByRole('main').getByRole('button', { name: 'Train', exact: true });
  await expect(train).toBeEnabled({ timeout: 60_000 });
  await tabTo(page, train);
  await page.keyboard.press('Enter');
  const results = page.getByRole('link', { name: 'See results' });
  await expect(results).toBeVisible({ timeout: 90_000 });
  await tabTo(page, results);
  await page.keyboard.press('Enter');

  // the matrix and the pictures answer to arrow keys
  const cells = page.getByRole('grid').getByRole('button');
  await tabTo(page, cells.first());
  await page.keyboard.press('ArrowRight');
  await expect(cells.nth(1)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  const cases = page.getByRole('button', { name: /^Labelled .+, predicted .+ with / });
  await tabTo(page, cases.first());
  await page.keyboard.press('ArrowRight');
  await expect(cases.nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  const viewer = page.getByRole('dialog');
  const title = viewer.getByRole('heading').first();
  const before = await title.textContent();
  await page.keyboard.press('ArrowLeft');
  await expect(title).not.toHaveText(before ?? '');
  await page.keyboard.press('Escape');
  await expect(viewer).toBeHidden();
  await expect(cases.first()).toBeFocused(); // of the picture shown last

  const toExport = page.getByRole('main').getByRole('link', { name: 'Export' });
  await toExport.focus();
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Export 2 formats' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'Download zip' })).toBeVisible({ timeout: 60_000 });
  await expect(start.step('Export')).toHaveAttribute('aria-current', 'page');
});

for (const scheme of ['light', 'dark'] as const) {
  test(`no screen has a serious fault for screen readers or contrast (${scheme})`, async ({ start, page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const check = async (screen: string): Promise<void> => {
      expect(await seriousViolations(page), screen).toEqual([]);
    };
    await check('home');
    const data = await start.trySample();
    await data.expectThumbnails((await data.main.getByRole('region').first().getAttribute('aria-label')) ?? '', 3);
    await data.main.getByRole('gridcell').first().click();
    await check('data');
    const setup = await data.openTraining();
    for (const name of ['Upper layers', 'Cached variants']) await setup.option(name).check();
    await setup.setAdvanced({ Epochs: '0' });
    await check('setup with every setting, and a wrong value');
    for (const name of ['Head only', 'Off']) await setup.option(name).check();
    await setup.setAdvanced({ Epochs: '20' });
    const train = await setup.start();
    await check('training');
    await train.expectFinished();
    await check('trained');
    const evaluate = await train.openResults();
    await expect(evaluate.matrix).toBeVisible();
    await check('evaluate');
    await evaluate.show('All').click();
    await evaluate.cases.first().click();
    await expect(evaluate.viewer).toBeVisible();
    await check('viewer');
    await page.keyboard.press('Escape');
    const exports = await evaluate.openExport();
    await check('export');
    await exports.exportSelected();
    await expect(exports.side.locator('pre')).toBeVisible();
    await check('exported');
    await exports.settings.click();
    await expect(exports.title('Settings')).toBeVisible();
    await check('settings');
    for (const name of ['Augment', 'Coach', 'Try', 'Lab'] as const) {
      await exports.step(name).click();
      await expect(exports.title(name)).toBeVisible();
      await check(name);
    }
  });
}

test('the page speaks Korean where the browser does, and keeps the choice of another language', async ({
  browser,
  app,
}) => {
  const context = await browser.newContext({ locale: 'ko-KR' });
  const page = await context.newPage();
  await page.goto(app.url);
  await expect(page.getByRole('heading', { name: '사진 폴더를 여기에 끌어다 놓으세요' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ko');
  await new Frame(page).chooseLanguage('English');
  await expect(page.getByRole('heading', { name: 'Drop a folder of pictures here' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Drop a folder of pictures here' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await context.close();
});

test('the theme follows the system until one is chosen, and the choice outlives a reload', async ({ start, page }) => {
  const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await background();
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await background()).not.toBe(light);
  await start.settings.click();
  await page.getByRole('button', { name: 'Light', exact: true }).click();
  expect(await background()).toBe(light);
  await page.reload();
  await expect(start.title('Settings')).toBeVisible();
  expect(await background()).toBe(light);
});

test.describe('a server that goes away', () => {
  test.use({ expectedErrors: { patterns: [/Failed to load resource/] } });

  test('is named, and the page goes on by itself once it is back', async ({ start, page, app }) => {
    const data = await start.trySample();
    const setup = await data.openTraining();
    await setup.setAdvanced({ Epochs: '1000', 'Learning rate': '0.00001', 'Batch size': '1' });
    const train = await setup.start();
    await expect(train.stages).toContainText('Epoch');
    await app.kill();
    await expect(page.getByRole('button', { name: 'Fovea does not answer' })).toBeVisible();
    const again = await startApp(app.home, Number(new URL(app.url).port));
    await page.context().request.get(again.url); // the address that it printed signs in anew
    await expect(page.getByRole('button', { name: /cores?$/ })).toBeVisible();
    await expect(train.main.getByText('Fovea was closed while it ran.')).toBeVisible();
    await train.main.getByRole('button', { name: 'Resume' }).click();
    await expect(train.main.getByText('Run 1, training')).toBeVisible({ timeout: 30_000 });
    await expect(train.stages).toContainText('of 1,000'); // with its own settings
    await again.kill();
  });
});
