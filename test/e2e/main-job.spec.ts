import * as ort from 'onnxruntime-node';
import { expect, shared, test } from './app.ts';

const hymenoptera = shared('data/hymenoptera');
/** "94.1 % ± 3.8, from 153 pictures"; the spaces before units do not break. */
const RESULT = /9\d\.\d\s% ± \d\.\d, from 153 pictures/;

test.describe('the main job', () => {
  test.skip(hymenoptera === null, 'needs ../shared/data/hymenoptera');

  test('a dropped folder becomes a trained, measured and verified model', async ({ start }) => {
    const data = await start.dropFolder(hymenoptera ?? '');
    await expect(data.main.getByText('397 pictures in 2 classes')).toBeVisible();
    await expect(data.classSection('ants')).toContainText('123 training, 70 validation');
    await data.expectThumbnails('ants', 5);

    const train = await data.startTraining();
    await expect(train.stages).toContainText('Features');
    await train.expectFinished();
    await expect(train.fact('Accuracy')).toContainText(RESULT);

    const evaluate = await train.openResults();
    await expect(evaluate.headline).toContainText(RESULT);
    await expect(evaluate.main.getByText(/The same pictures chose the best epoch/)).toBeVisible();
    const wrongCount = Number(await evaluate.show('Wrong').locator('.n').textContent());
    expect(wrongCount).toBeLessThan(16);
    await expect(evaluate.cases).toHaveCount(wrongCount);

    const exports = await evaluate.openExport();
    await exports.exportSelected();
    for (const format of ['ONNX', 'TensorFlow.js'] as const) {
      await expect(exports.card(format)).toContainText('Checked, 153 of 153 agree');
    }
    await exports.format('ONNX').click();
    await expect(exports.side.getByText('153 of 153 predictions agree with the app')).toBeVisible();

    const files = await exports.download();
    const model = await ort.InferenceSession.create(files['model.onnx'] ?? new Uint8Array());
    expect(model.inputNames).toEqual(['image']);
    const code = await exports.side.locator('pre').textContent();
    expect(code).toBe(new TextDecoder().decode(files['example.py']));
  });
});

/** Settings that keep even a fast machine busy for a while: the loss goes down a little with each epoch. */
const LONG = { Epochs: '1000', 'Learning rate': '0.00001', 'Batch size': '1' };

test('a page reloaded in the middle of training shows the whole run and follows it to its end', async ({
  start,
  page,
}) => {
  const data = await start.trySample();
  const setup = await data.openTraining();
  await setup.setAdvanced(LONG);
  const train = await setup.start();
  await expect.poll(() => train.epochs.count(), { timeout: 60_000 }).toBeGreaterThan(1);
  const before = await train.epochs.count();
  await page.reload();
  await expect(train.stages).toContainText('Features');
  await expect.poll(() => train.epochs.count()).toBeGreaterThan(before);
  await expect(train.epochs.last().locator('td').first()).toHaveText(/^1( · best)?$/); // from the first epoch on
  await train.stop.click();
  await train.expectFinished();

  const count = await train.epochs.count();
  await expect(train.stages).toContainText(`${count} epochs in`);
  await page.reload();
  await expect(train.epochs).toHaveCount(count);
  await expect(train.seeResults).toBeVisible();
});

test('a run that is stopped keeps its best epoch and says that it was stopped', async ({ start }) => {
  const data = await start.trySample();
  const setup = await data.openTraining();
  await setup.setAdvanced(LONG);
  const train = await setup.start();
  await expect(train.stop).toHaveText('Stop and keep the best', { timeout: 60_000 });
  await train.stop.click();
  await train.expectFinished();
  await expect(train.main.getByText('Run 1, stopped')).toBeVisible();
  const ran = await train.epochs.count();
  expect(ran).toBeGreaterThan(0);
  expect(ran).toBeLessThan(1000);

  // a second run stands beside the first, which can be opened again
  await train.main.getByRole('link', { name: 'New run' }).click();
  await setup.setAdvanced({ Epochs: '3', 'Learning rate': '0.001' });
  await setup.start();
  await expect(train.main.getByText('Run 2, finished')).toBeVisible({ timeout: 60_000 });
  await train.page
    .getByRole('complementary')
    .getByRole('link', { name: /^Run 1/ })
    .click();
  await expect(train.main.getByText('Run 1, stopped')).toBeVisible();
  await expect(train.epochs).toHaveCount(ran);
});
