import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import { makeFolder } from './folders.ts';

const COUNT = 100_000;

test('a class of 100,000 pictures scrolls to its end with few tiles in the page', async ({ start, page, app }) => {
  // the list stands for a scan of so many: what is tried is the page, on what the server then serves
  await page.route('**/rpc/dataset/pictures', async (route) => {
    const { json } = route.request().postDataJSON() as { json: { offset: number; limit: number } };
    const from = json.offset;
    const pictures = Array.from({ length: Math.min(json.limit, COUNT - from) }, (_, at) => ({
      id: String(from + at).padStart(16, '0'),
      path: `cats/${from + at}.jpg`,
      className: 'cats',
      split: 'training',
      width: 96,
      height: 72,
      orientation: 1,
      sizeBytes: 314,
      sha256: '0'.repeat(64),
      isExcluded: false,
      relabelledFrom: null,
      isSplitEdited: false,
    }));
    await route.fulfill({ json: { json: { total: COUNT, pictures } } });
  });
  await page.route('**/images/**', (route) =>
    route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
  );
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3 }));
  await data.side.getByRole('link', { name: /^cats/ }).click();
  await expect(data.main.getByRole('grid')).toHaveAttribute('aria-rowcount', /^\d{4,}$/);
  await data.tiles('cats').first().focus();
  await page.keyboard.press('End');
  const last = data.main.getByRole('gridcell', { name: `cats, ${COUNT - 1}.jpg` });
  await expect(last).toBeFocused();
  expect(await data.main.getByRole('gridcell').count()).toBeLessThanOrEqual(300);
  await page.keyboard.press('Space');
  await expect(last).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Home');
  await expect(data.main.getByRole('gridcell', { name: 'cats, 0.jpg' })).toBeFocused();
  expect(app.log()).not.toContain('Error');
});

test('pictures are found by file name, and chosen by keyboard', async ({ start, page }) => {
  const folder = await makeFolder('pets', { cats: 12, dogs: 12 });
  await writeFile(join(folder, 'cats', 'notes.txt'), 'hello');
  const data = await start.chooseFolder(folder);
  await data.main.getByRole('searchbox', { name: 'Find by file name' }).fill('11.jpg');
  await expect(data.main.getByRole('gridcell')).toHaveCount(2);
  await expect(data.main.getByRole('heading', { name: 'Found for “11.jpg”' })).toBeVisible();
  expect(await seriousViolations(page)).toEqual([]);
  await page.reload();
  await expect(data.main.getByRole('gridcell')).toHaveCount(2); // the address keeps the words

  await data.tiles('cats').first().focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(data.side.getByText('2 pictures selected')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(data.side.getByText('2 pictures selected')).toBeHidden();
  await data.main.getByRole('searchbox').fill('');
  await expect(data.classSection('dogs')).toBeVisible();
});

test('shares of the next run and class balance are set beside the pictures', async ({ start }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 20, dogs: 5 }));
  const split = data.side.getByRole('region', { name: 'Split' });
  await expect(split.getByRole('definition')).toHaveText(['20', '5']); // a fifth of each class
  await split.getByRole('slider', { name: 'Test' }).fill('0.4');
  await expect(split.getByRole('definition')).toHaveText(['10', '5', '10']);
  await expect(data.side.getByText(/The largest class has 4 times/)).toBeVisible();
  await data.side.getByRole('switch', { name: 'Class balance' }).check();
  const setup = await data.openTraining();
  await setup.page.locator('summary', { hasText: 'Advanced' }).click();
  await expect(setup.page.getByRole('combobox', { name: 'Class balance' })).toHaveValue('weights');
});
