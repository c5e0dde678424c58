import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import { makeFolder } from './folders.ts';

test('pictures are relabelled by drag, by key and by menu, and undone by name', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 6, dogs: 6 }));
  await expect(data.tiles('cats')).toHaveCount(6);

  await data.tiles('cats').nth(0).click();
  await data
    .tiles('cats')
    .nth(2)
    .click({ modifiers: ['Shift'] });
  await expect(data.side.getByText('3 pictures selected')).toBeVisible();
  await data.tiles('cats').nth(1).dragTo(data.classSection('dogs').getByRole('heading'));
  await expect(data.lastStep).toHaveText('Relabelled 3 pictures as dogs');
  await expect(data.tiles('dogs')).toHaveCount(9);
  await expect(data.main.getByRole('gridcell', { name: /was cats$/ })).toHaveCount(3);

  await data.tiles('cats').first().click();
  await page.keyboard.press('2');
  await expect(data.tiles('dogs')).toHaveCount(10);
  await data.tiles('dogs').nth(8).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Relabel as' }).click();
  await page.getByRole('menuitem', { name: 'cats' }).click();
  await expect(data.lastStep).toHaveText('Relabelled 1 picture as cats');

  await data.undo().click();
  await expect(data.lastStep).toHaveText('Undone: Relabelled 1 picture as cats');
  await page.keyboard.press('Control+z');
  await expect(data.tiles('dogs')).toHaveCount(9);
  await page.keyboard.press('Control+z');
  await expect(data.tiles('dogs')).toHaveCount(6);
  await expect(data.undo()).toBeDisabled();
  await page.keyboard.press('Control+Shift+z');
  await expect(data.lastStep).toHaveText('Done again: Relabelled 3 pictures as dogs');
  await expect(data.tiles('dogs')).toHaveCount(9);
  await page.reload();
  await expect(data.tiles('dogs')).toHaveCount(9);
  await expect(data.undo()).toHaveAccessibleName('Undo: Relabelled 3 pictures as dogs');
});

test('pictures dragged onto a class of the list beside them join it', async ({ start }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3 }));
  await data
    .tiles('cats')
    .first()
    .dragTo(data.side.getByRole('link', { name: /^dogs/ }));
  await expect(data.side.getByRole('link', { name: /^dogs/ })).toContainText('4');
});

test('a picture is dragged out of the grid and of the large view as a file', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3 }));
  const dragged = page.evaluate(
    () =>
      new Promise<string[]>((resolve) => {
        const offers: string[] = [];
        addEventListener('dragstart', ({ dataTransfer }) => {
          offers.push(dataTransfer?.getData('DownloadURL') ?? '');
          if (offers.length === 2) resolve(offers);
        });
      }),
  );
  await data.tiles('cats').first().dragTo(data.side.getByRole('heading').first());
  await data.tiles('cats').first().dblclick();
  const viewer = page.getByRole('dialog');
  await viewer.getByRole('img').dragTo(viewer.getByRole('heading'));
  const [fromGrid, fromViewer] = await dragged;
  expect(fromGrid).toMatch(/^image\/webp:\d+\.webp:http/);
  expect(fromViewer).toBe(fromGrid);
  const [, url = ''] = /^image\/webp:\d+\.webp:(http.*)$/.exec(fromGrid ?? '') ?? [];
  expect((await page.request.get(url)).headers()['content-type']).toBe('image/webp');
});

test('Delete leaves pictures out and takes them in again, greyed where they stand', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 4, dogs: 4 }));
  await data.tiles('cats').first().click();
  await page.keyboard.press('Delete');
  await expect(data.main.getByText('7 pictures in 2 classes')).toBeVisible();
  await expect(data.tiles('cats').first()).toHaveAccessibleName(/, Left out$/);
  await data.show('Left out').click();
  await expect(data.main.getByRole('gridcell')).toHaveCount(1);
  await data.main.getByRole('gridcell').click();
  await page.keyboard.press('Delete');
  await expect(data.main.getByText('No pictures here')).toBeVisible();
  await data.show('All').click();
  await expect(data.main.getByText('8 pictures in 2 classes')).toBeVisible();
});

test('a picture is used for what one says', async ({ start }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 5, dogs: 5 }));
  await data.show('Validation').click();
  await data.tiles('cats').first().click();
  await data.side.getByLabel('Used for').selectOption('Training');
  await expect(data.lastStep).toHaveText('Moved 1 picture to Training');
  await expect(data.tiles('cats')).toHaveCount(0);
  await data.show('Edited').click();
  await expect(data.tiles('cats')).toHaveCount(1);
});

test('a class is renamed where it stands; Enter that ends a syllable does not end the name', async ({
  start,
  page,
}) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3 }));
  await data.classSection('cats').getByRole('button', { name: 'cats, rename' }).click();
  const field = data.main.getByLabel('Class name');
  await field.fill('고양이');
  await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true });
  await expect(field).toHaveValue('고양이');
  await expect(data.classSection('cats')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(data.classSection('고양이')).toBeVisible();
  await expect(data.lastStep).toHaveText('Renamed cats to 고양이');
});

test.describe('a name that is taken', () => {
  test.use({ expectedErrors: { patterns: [/status of 422/] } });

  test('is refused in words, and what was typed stays', async ({ start, page }) => {
    const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3 }));
    await data.classSection('cats').getByRole('button', { name: 'cats, rename' }).click();
    const field = data.main.getByLabel('Class name');
    await field.fill('dogs');
    await page.keyboard.press('Enter');
    await expect(data.problem).toContainText('dogs');
    await expect(field).toHaveValue('dogs');
    await page.keyboard.press('Escape');
    await expect(data.classSection('cats')).toBeVisible();
  });
});

test('classes are added, merged and removed', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3, puppies: 2 }));
  await data.chooseOfClass('puppies', 'Merge into', 'dogs');
  await expect(data.main.getByText('8 pictures in 2 classes')).toBeVisible();
  await data.main.getByRole('button', { name: 'Add a class' }).click();
  await data.main.getByLabel('Class name').fill('birds');
  await page.keyboard.press('Enter');
  await expect(data.classSection('birds')).toContainText('No pictures here');
  await expect(data.train).toBeDisabled();
  await data.chooseOfClass('birds', 'Remove class');
  await expect(data.classSection('birds')).toBeHidden();
  await expect(data.train).toBeEnabled();
});

test('the changes are listed, and a copy with them is written', async ({ start, page }) => {
  const folder = await makeFolder('pets', { cats: 3, dogs: 3 });
  const data = await start.chooseFolder(folder);
  await data.tiles('cats').first().click();
  await page.keyboard.press('2');
  await data.tiles('cats').last().click();
  await page.keyboard.press('Delete');
  await data.main.getByRole('button', { name: '2 changes' }).click();
  const changes = page.getByRole('dialog', { name: 'Changes' });
  await expect(changes.getByRole('listitem')).toHaveText(['Left out 1 picture', 'Relabelled 1 picture as dogs']);
  await changes.getByRole('button', { name: /^Write a copy/ }).click();
  const copy = page.getByRole('dialog', { name: 'Write a copy with the changes' });
  const target = join(dirname(folder), 'copy');
  await copy.getByLabel('Folder').fill(target);
  expect(await seriousViolations(page)).toEqual([]);
  await copy.getByRole('button', { name: 'Write the copy' }).click();
  await expect(copy.getByText(`5 pictures in 2 classes are in ${target}.`)).toBeVisible();
  expect(
    [await readdir(join(target, 'cats')), await readdir(join(target, 'dogs'))].map(({ length }) => length),
  ).toEqual([1, 4]);
});

test('what was chosen and filtered is still there after a look at another screen', async ({ start }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 4, dogs: 4 }));
  await data.show('Training').click();
  await data.tiles('cats').first().click();
  await data.step('Train').click();
  await expect(data.title('Train')).toBeVisible();
  await data.step('Data').click();
  await expect(data.show('Training')).toHaveAttribute('aria-pressed', 'true');
  await expect(data.tiles('cats').first()).toHaveAttribute('aria-selected', 'true');
});
