/** One project in two tabs: what is done in one is seen in the other, without a reload. */
import { expect, test } from './app.ts';
import { makeFolder } from './folders.ts';
import { Data } from './pages/data.ts';
import { Home } from './pages/home.ts';
import { Train } from './pages/train.ts';

test('an edit, its undo and a new name are seen in the other tab', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 12, dogs: 12 }));
  const second = await page.context().newPage();
  await second.goto(page.url());
  const other = new Data(second);
  await expect(other.tiles('cats')).toHaveCount(12);

  await data.tiles('cats').first().click();
  await page.keyboard.press('2');
  await expect(other.tiles('cats')).toHaveCount(11);
  await expect(other.tiles('dogs')).toHaveCount(13);
  await other.undo().click(); // what the first tab did
  await expect(data.tiles('cats')).toHaveCount(12);
  await expect(data.redo()).toBeEnabled();

  await page.getByRole('button', { name: 'Project pets' }).click();
  await page.getByRole('menuitem', { name: 'Rename project' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('animals');
  await page.keyboard.press('Enter');
  await expect(second).toHaveTitle('animals – Fovea');
  await second.close();
});

test('a training is followed from both tabs, and either can stop it', async ({ start, page }) => {
  const data = await start.trySample();
  const second = await page.context().newPage();
  await second.goto(page.url());
  const other = new Data(second);
  await other.openTraining();
  const setup = await data.openTraining();
  await setup.setAdvanced({ Epochs: '1000', 'Learning rate': '0.00001', 'Batch size': '1', Patience: '0' });
  const train = await setup.start();
  const followed = new Train(second);
  await expect.poll(() => followed.epochs.count(), { timeout: 60_000 }).toBeGreaterThan(1);
  await followed.stop.click();
  await train.expectFinished();
  await followed.expectFinished();
  await expect(followed.epochs).toHaveCount(await train.epochs.count());

  // a third, on the list of projects, shows what came of it
  const third = await page.context().newPage();
  await third.goto(new URL('/', page.url()).href);
  await expect(new Home(third).card('Sample')).toContainText('%');
  await third.close();
  await second.close();
});
