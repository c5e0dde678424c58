import type { Locator } from '@playwright/test';
import { expect, startApp, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import { Train, TrainSetup } from './pages/train.ts';

/** Keeps even a fast machine busy for a while. */
const LONG = { Epochs: '1000', 'Learning rate': '0.00001', 'Batch size': '1', Patience: '0' };

test.describe('a run that is paused', () => {
  test.use({
    expectedErrors: {
      patterns: [/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|Failed to fetch|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE/],
    },
  });

  test('survives a reload and a restart of the app, and goes on where it stopped', async ({ app, start, page }) => {
    const data = await start.trySample();
    const setup = await data.openTraining();
    await setup.option('Upper layers').check();
    await setup.setAdvanced({ Epochs: '2', 'Fine-tuning epochs': '400', Patience: '0' });
    const cut = setup.main.getByRole('slider', { name: 'First layer that learns' });
    await cut.press('End'); // the last block alone: epochs of a moment
    await expect(cut).toHaveAttribute('aria-valuetext', /^From conv_pw_13 on/);
    await expect(setup.main.getByRole('combobox', { name: 'First layer that learns' })).toHaveValue('conv_pw_13');
    await setup.main.getByLabel('Coach before long runs').uncheck();
    const train = await setup.start();
    await expect.poll(() => train.epochs.count(), { timeout: 90_000 }).toBeGreaterThan(3);
    await expect(train.main.getByRole('region', { name: 'Validation pictures' }).getByRole('img')).toHaveCount(36);
    await expect(train.main.getByRole('row', { name: /^conv_pw_13 / })).toBeVisible();
    await train.button('Pause').click();
    await expect(train.main.getByText('Run 1, paused')).toBeVisible({ timeout: 60_000 });
    const before = await train.epochs.count();
    await page.reload();
    await expect(train.button('Resume')).toBeVisible();
    await expect(train.epochs).toHaveCount(before);

    const port = Number(new URL(app.url).port);
    await app.kill();
    const again = await startApp(app.home, port);
    try {
      await page.goto(again.url);
      await page.goBack();
      await expect(train.button('Resume')).toBeVisible({ timeout: 30_000 });
      await train.button('Resume').click();
      await expect.poll(() => train.epochs.count(), { timeout: 90_000 }).toBeGreaterThan(before);
      await expect(train.epochs.last().locator('td').first()).toHaveText(/^1( · best)?$/);
      await train.stop.click();
      await train.expectFinished();
    } finally {
      await again.kill();
    }
  });
});

test('runs are listed, named in place, compared and deleted', async ({ start, page }) => {
  const data = await start.trySample();
  const setup = await data.openTraining();
  await setup.setAdvanced({ Epochs: '4' });
  await (await setup.start()).expectFinished();
  const train = new Train(page);
  await train.main.getByRole('link', { name: 'New run' }).click();
  await setup.setAdvanced({ Epochs: '6', 'Learning rate': '0.01' });
  await (await setup.start()).expectFinished();

  await train.main.getByRole('link', { name: '2 runs' }).click();
  const row = (name: string): Locator => train.main.getByRole('row', { name: new RegExp(`^Compare ${name} `) });
  await expect(row('Run 1')).toContainText('finished');
  await train.main.getByRole('button', { name: 'Rename Run 2' }).press('Enter');
  await page.keyboard.type('빠른 학습');
  await page.keyboard.press('Enter');
  await expect(row('빠른 학습')).toContainText('Run 2');

  await train.main.getByRole('checkbox', { name: 'Compare Run 1' }).press('Space');
  await train.main.getByRole('checkbox', { name: 'Compare 빠른 학습' }).press('Space');
  const differing = train.main.getByRole('region', { name: '2 runs compared' });
  await expect(differing.getByRole('row', { name: /^Learning rate 0.001 0.01$/ })).toBeVisible();
  await expect(differing.getByRole('row', { name: /^Epochs 4 6$/ })).toBeVisible();
  await expect(differing.getByRole('row', { name: /^Seed/ })).toBeHidden();
  await expect(differing.getByRole('slider', { name: 'Validation loss' })).toBeVisible();
  expect(await seriousViolations(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await seriousViolations(page)).toEqual([]);
  await page.reload(); // the comparison is part of the address
  await expect(differing.getByRole('row', { name: /^Epochs 4 6$/ })).toBeVisible();

  await train.main.getByRole('button', { name: 'Delete Run 1' }).click();
  await expect(page.getByRole('dialog')).toContainText('Delete “Run 1”?');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(row('Run 1')).toBeVisible();
  await train.main.getByRole('button', { name: 'Delete Run 1' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete run' }).click();
  await expect(train.main.getByRole('checkbox')).toHaveCount(1);
  await page.reload();
  await expect(row('빠른 학습')).toBeVisible();
  await expect(train.main.getByRole('checkbox')).toHaveCount(1);
});

test('a proposal is made while the user looks, and never stands in the way of Train', async ({ start, page }) => {
  const data = await start.trySample();
  const setup = await data.openTraining();
  const proposed = setup.main.getByRole('region', { name: 'Suggested for these pictures' });
  await expect(setup.train).toHaveAttribute('aria-disabled', 'false');
  await setup.option('Whole network').check();
  await proposed.getByRole('button', { name: 'Use this' }).click({ timeout: 90_000 });
  await expect(proposed).toContainText('In use');
  await expect(setup.option('Whole network')).not.toBeChecked();
  expect(await seriousViolations(page)).toEqual([]);

  await setup.chooseLanguage('한국어');
  await expect(page.getByRole('region', { name: '이 사진들에 맞는 제안' })).toContainText('적용됨');
  expect(await seriousViolations(page)).toEqual([]);
});

test('a paused run leaves room for another', async ({ start }) => {
  const data = await start.trySample();
  const setup = await data.openTraining();
  await setup.setAdvanced(LONG);
  const train = await setup.start();
  await expect(train.stop).toHaveText('Stop and keep the best', { timeout: 60_000 });
  await train.button('Pause').click();
  await expect(train.button('Resume')).toBeVisible({ timeout: 60_000 });
  await train.main.getByRole('link', { name: 'New run' }).click();
  await expect(new TrainSetup(train.page).train).toHaveAttribute('aria-disabled', 'false');
});
