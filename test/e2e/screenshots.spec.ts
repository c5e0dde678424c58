/** Pictures of every screen, to be looked at: `npm run screenshots` writes them to `screenshots/`. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, shared, test } from './app.ts';
import { makeFolder } from './folders.ts';
import { Looks, screenshots } from './looks.ts';
import { Coach } from './pages/coach.ts';
import { TrainSetup } from './pages/train.ts';

const LAB = ['activations', 'initialisation', 'preprocessing', 'dropout', 'penalties', 'transfer'] as const;

test.skip(process.env['FOVEA_SCREENSHOTS'] === undefined, 'Only on demand: npm run screenshots.');

test('every screen in both sizes, themes and languages', async ({ app, start, page, browser }) => {
  test.setTimeout(3_600_000);
  await rm(screenshots, { recursive: true, force: true });
  const looks = await Looks.open(browser, app.url, await page.context().storageState());
  await takeEmpty(looks, page);

  await page.goto(new URL('/', app.url).href);
  const folder = process.env['FOVEA_SCREENSHOTS'] === 'sample' ? null : shared('data/hymenoptera');
  const data = folder === null ? await start.trySample() : await start.chooseFolder(folder);
  await expect(data.main.getByRole('gridcell').first()).toBeVisible({ timeout: 120_000 });
  const project = hashOf(page).replace(/\/data.*$/, '');
  await takePictures(looks, project);
  await takeBeforeTraining(looks, project);
  const train = await data.startTraining();
  await train.expectFinished();
  const finished = hashOf(page);
  await looks.take('train-finished', finished, async (view) => {
    await expect(view.locator('canvas').first()).toBeVisible();
  });
  await takeResults(looks, project, folder !== null);
  const exports = await (await train.openResults()).openExport();
  await exports.exportSelected();
  await looks.take('export', `${project}/export`, (view) => expect(view.locator('pre')).toBeVisible());

  await exports.step('Coach').click();
  const coach = new Coach(page);
  await coach.run.click();
  await expect(coach.proposal).toBeVisible({ timeout: 300_000 });
  await looks.take('coach', `${project}/coach`, (view) => expect(view.locator('main canvas').first()).toBeVisible());
  await takeFrame(looks, project);

  await page.goto(new URL(`${project}/train/new`, app.url).href);
  await takeRunning(looks, page, project);
  await takeRuns(looks, project);
  for (const experiment of LAB) {
    // transfer comes last: it trains
    await looks.take(`lab-${experiment}`, `${project}/lab?show=${experiment}`, async (view) => {
      await view.locator('.run .primary').click({ timeout: 60_000 });
      await expect(view.locator('.picture[aria-busy="false"]')).toBeVisible({ timeout: 600_000 });
    });
  }
  await looks.close();
});

/** The place of a page, as `looks` takes it. */
function hashOf(page: Page): string {
  return `/${new URL(page.url()).hash}`;
}

async function takeEmpty(looks: Looks, page: Page): Promise<void> {
  await looks.take('home-empty', '/#/', (view) => expect(view.locator('main .zone')).toBeVisible());
  await page.getByRole('button', { name: 'New project' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Data' })).toBeVisible();
  await looks.take('data-empty', hashOf(page), (view) => expect(view.locator('main .zone')).toBeVisible());
}

async function takePictures(looks: Looks, project: string): Promise<void> {
  await looks.take('home', '/#/', (view) => expect(view.locator('a.card img').first()).toBeVisible());
  await looks.take('data', `${project}/data`, async (view) => {
    await expect(view.locator('[data-picture] img').first()).toBeVisible();
  });
  await looks.take('data-selection', `${project}/data`, async (view) => {
    await view.locator('[data-picture]').nth(4).click();
    await view
      .locator('[data-picture]')
      .nth(7)
      .click({ modifiers: ['Shift'] });
  });
  await looks.take('augment', `${project}/augment`, async (view) => {
    await view.locator('.presets button').nth(4).click(); // strong
    await view.locator('input[name="augmentation"]').nth(2).check();
    await expect(view.locator('main ul[aria-busy="false"] img[src^="data:"]')).toHaveCount(11);
  });
}

async function takeBeforeTraining(looks: Looks, project: string): Promise<void> {
  await looks.take('train-before', `${project}/train/new`, async (view) => {
    await expect(view.locator('.big')).toHaveAttribute('aria-disabled', 'false');
  });
  await looks.take('train-advanced', `${project}/train/new`, async (view) => {
    await view.locator('summary').click();
    await view.locator('summary').scrollIntoViewIfNeeded();
  });
  await looks.take('coach-before', `${project}/coach`, (view) => expect(view.locator('main article')).toHaveCount(6));
  await looks.take('evaluate-empty', `${project}/evaluate`, (view) => expect(view.locator('main .btn')).toBeVisible());
}

async function takeResults(looks: Looks, project: string, hasMistakes: boolean): Promise<void> {
  const openGallery = async (view: Page): Promise<void> => {
    if (!hasMistakes) await view.locator('.seg:has(~ .heat) button').nth(2).click(); // all of them
    await expect(view.locator('.gallery img').first()).toBeVisible();
  };
  await looks.take('evaluate', `${project}/evaluate`, openGallery);
  await looks.take('evaluate-heat', `${project}/evaluate?heat=on`, async (view) => {
    await openGallery(view);
    await expect(view.locator('.gallery img[src^="/heatmaps/"]').first()).toBeVisible();
  });
  await looks.take('evaluate-viewer', `${project}/evaluate`, async (view) => {
    await openGallery(view);
    await view.locator('.gallery button.pic').first().click();
    await expect(view.locator('.viewer img')).toBeVisible();
  });
  await looks.take('try-empty', `${project}/try`, (view) => expect(view.locator('main .zone')).toBeVisible());
  await looks.take('try', `${project}/try`, async (view) => {
    await view.getByTestId('pictures-input').setInputFiles(await ownPictures());
    await view.getByRole('complementary').getByRole('switch').click();
    await expect(view.locator('.square img')).toBeVisible();
  });
  await looks.take('try-camera', `${project}/try?with=camera`, async (view) => {
    await view.locator('main .zone .primary').click();
    await expect(view.locator('video')).toBeVisible();
    await expect(view.getByText(/^(초당 \d+장|\d+ pictures\/s)$/)).toBeVisible();
  });
  const folder = await makeFolder('holiday', { some: 12, more: 12, 'more/notes.jpg': 'no picture' });
  await looks.take('try-folder', `${project}/try?with=folder`, async (view) => {
    await view.getByTestId('folder-input').setInputFiles(shared('data/hymenoptera/val') ?? folder);
    await view.locator('[data-row="3"] button').click();
    await expect(view.locator('main [role="progressbar"]')).toHaveCount(0, { timeout: 60_000 });
  });
  await looks.take('export-before', `${project}/export`, (view) =>
    expect(view.locator('.target').first()).toBeVisible(),
  );
}

/** A run that would go on for long; it is stopped once its pictures are taken. */
async function takeRunning(looks: Looks, page: Page, project: string): Promise<void> {
  const setup = new TrainSetup(page);
  await setup.option('Upper layers').check();
  await setup.setAdvanced({ 'Fine-tuning epochs': '400', Patience: '0' });
  const train = await setup.start();
  await expect.poll(() => train.epochs.count(), { timeout: 300_000 }).toBeGreaterThan(25);
  await looks.take('train-running', `${project}/train`, async (view) => {
    await expect(view.locator('canvas').first()).toBeVisible();
    await expect(view.locator('main img').first()).toBeVisible();
  });
  await train.stop.click();
  await train.expectFinished();
}

async function takeRuns(looks: Looks, project: string): Promise<void> {
  await looks.take('runs', `${project}/train/runs`, async (view) => {
    await expect(view.getByRole('checkbox').first()).toBeVisible();
  });
  await looks.take('runs-compared', `${project}/train/runs`, async (view) => {
    for (const at of [0, 1]) await view.getByRole('checkbox').nth(at).press('Space');
    await expect(view.locator('main canvas').first()).toBeVisible();
  });
}

async function takeFrame(looks: Looks, project: string): Promise<void> {
  await looks.take('settings', `${project}/settings`, (view) =>
    expect(view.locator('main code').first()).toBeVisible(),
  );
  await looks.take('palette', `${project}/train`, async (view) => {
    await expect(view.locator('main canvas').first()).toBeVisible();
    await view.keyboard.press('Control+k');
    await expect(view.getByRole('dialog')).toBeVisible();
  });
  await looks.take('shortcuts', `${project}/train`, async (view) => {
    await expect(view.locator('main canvas').first()).toBeVisible();
    await view.keyboard.press('?');
    await expect(view.getByRole('dialog')).toBeVisible();
  });
}

/** To be tried: pictures of no project. */
async function ownPictures(): Promise<string[]> {
  const folder = shared('data/hymenoptera/val/ants') ?? join(await makeFolder('mine', { some: 6 }), 'some');
  return (await readdir(folder)).slice(0, 6).map((name) => join(folder, name));
}
