import { expect, test } from './app.ts';

test('what learns and how pictures are varied is chosen with its cost in view, sent, and shown with the run', async ({
  start,
  page,
}) => {
  const data = await start.trySample();
  const setup = await data.openTraining();
  await setup.option('Upper layers').check();
  await setup.option('Cached variants').check();
  // 144 pictures to train with in 3 variants, 36 to validate; an earlier run on this machine may have stored some.
  await expect(setup.option('Cached variants')).toHaveAccessibleDescription(/(^|\D)468 passes|all passes stored/);
  await setup.setAdvanced({ Variants: '4', 'Fine-tuning epochs': '2', Epochs: '3' });
  await setup.main.getByLabel('Mirror', { exact: true }).uncheck();
  await setup.main.getByRole('combobox', { name: 'First layer that learns' }).selectOption('conv_pw_13');
  await expect(setup.option('Cached variants')).toHaveAccessibleDescription(/(^|\D)612 passes|all passes stored/);
  await expect(setup.main.getByText('5 changed')).toBeVisible();
  await expect(setup.main.getByText('At most 5 epochs')).toBeVisible();

  const request = page.waitForRequest(/runs\/start/);
  const train = await setup.start();
  expect((await request).postDataJSON()).toMatchObject({
    json: {
      config: {
        mode: 'upper',
        cut: 'conv_pw_13',
        augmentation: 'cached',
        variants: 4,
        epochs: 3,
        tuneEpochs: 2,
        augment: { flip: false },
      },
    },
  });
  await expect(train.setting('What learns')).toContainText('Upper layers');
  await expect(train.setting('Augmentation')).toContainText('Cached variants × 4');
  await expect(train.setting('Epochs')).toHaveText('at most 5');
  await train.expectFinished();
});

test('settings that do not apply are not shown, and what is wrong in them blocks nothing', async ({ start }) => {
  const data = await start.trySample();
  const setup = await data.openTraining();
  await setup.option('Whole network').check();
  await setup.setAdvanced({ 'Fine-tuning epochs': '0' });
  await expect(setup.train).toHaveAttribute('aria-disabled', 'true');
  await setup.option('Head only').check();
  await expect(setup.main.getByLabel('Fine-tuning epochs')).toBeHidden();
  await setup.setAdvanced({ Epochs: '2' });
  const train = await setup.start();
  await train.expectFinished();
});

test('a choice that is made with the keyboard is chosen', async ({ start, page }) => {
  const data = await start.trySample();
  const setup = await data.openTraining();
  await setup.option('Head only').focus();
  await page.keyboard.press('ArrowRight');
  await expect(setup.option('Upper layers')).toBeChecked();
  await setup.option('Off').focus();
  await page.keyboard.press('ArrowLeft');
  await expect(setup.option('New every epoch')).toBeChecked();
});
