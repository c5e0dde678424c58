import { expect, test } from './app.ts';
import { makeFolder } from './folders.ts';
import { dropFolder } from './pages/home.ts';

test('a folder with one class says why Train is grey, and a second class lifts it', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { 'cats/x': 0, cats: 4 }));
  await expect(data.train).toBeDisabled();
  await expect(data.train).toHaveAccessibleDescription(/class/);
  await data.train.click({ force: true });
  await expect(data.title('Data')).toBeVisible(); // a grey button does nothing

  await dropFolder(page, await makeFolder('dogs', { '': 4 }), 'main');
  await expect(data.classSection('dogs')).toBeVisible();
  await expect(data.main.getByText('8 pictures in 2 classes')).toBeVisible();
  await expect(data.train).toBeEnabled();
});

test('pictures dropped onto a class join it', async ({ start, page }) => {
  const data = await start.chooseFolder(
    await makeFolder('pets', { 'train/cats': 3, 'train/dogs': 3, 'val/cats': 2, 'val/dogs': 2 }),
  );
  await expect(data.classSection('dogs')).toContainText('3 training, 2 validation');
  await dropFolder(page, await makeFolder('more', { '': 12 }), '[data-drop-class="dogs"]');
  await expect(data.classSection('dogs')).toContainText('12 training, 2 validation');
});

test('a copy that is cancelled keeps what has arrived, and says so', async ({ start, page }) => {
  let passed = 0;
  await page.route('**/upload/**', async (route) => {
    if (passed++ < 5) await route.continue(); // the rest hangs, as on a slow line
  });
  await page.getByTestId('folder-input').setInputFiles(await makeFolder('pets', { cats: 8, dogs: 8 }));
  await expect(page.getByText(/^5 of 16 files/)).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(start.main.getByText(/Cancelled: 5 of 16 files/)).toBeVisible();
  await expect(start.main.getByText(/^5 pictures in/)).toBeVisible();
});

test('files that cannot be used are listed with the reason for each', async ({ start }) => {
  const folder = await makeFolder('mixed', {
    cats: 3,
    dogs: 3,
    'dogs/notes.txt': 'hello',
    'cats/broken.jpg': 'no picture',
  });
  const data = await start.chooseFolder(folder);
  await expect(data.main.getByText('6 pictures in 2 classes')).toBeVisible();
  await data.show('Skipped').click();
  await expect(data.main.getByText('cats/broken.jpg')).toBeVisible();
  await expect(data.main.getByText('dogs/notes.txt')).toBeVisible();
  await data.page.reload();
  await expect(data.main.getByText('cats/broken.jpg')).toBeVisible(); // the address keeps the place
});

test('pictures dropped without a folder say that they have no class', async ({ start, page }) => {
  await page
    .getByTestId('folder-input')
    .evaluate((input: HTMLInputElement) => input.removeAttribute('webkitdirectory'));
  const folder = await makeFolder('loose', { '': 2 });
  await page.getByTestId('folder-input').setInputFiles([`${folder}/1.jpg`, `${folder}/2.jpg`]);
  await expect(start.main.getByText(/2 files came without a folder/)).toBeVisible();
  await expect(start.main.getByRole('button', { name: 'Choose a folder' })).toBeVisible();
});

test('names with Hangul, emoji and markup are shown as they are', async ({ start }) => {
  const data = await start.chooseFolder(await makeFolder('이름 🐜', { '개미 🐜': 2, '<b>bees & co': 2 }));
  await expect(data.classSection('개미 🐜')).toBeVisible();
  await expect(data.classSection('<b>bees & co')).toBeVisible();
  await expect(data.page.getByRole('button', { name: 'Project 이름 🐜' })).toBeVisible();
  await data.expectThumbnails('개미 🐜', 2);
});

test('a class opens to all of its pictures, and back', async ({ start }) => {
  const data = await start.chooseFolder(await makeFolder('many', { reds: 60, blues: 3 }));
  await data.classSection('reds').getByRole('link', { name: 'Show all 60 pictures of reds' }).click();
  const tiles = data.tiles('reds');
  await expect.poll(() => tiles.count()).toBeGreaterThan(40);
  await tiles.first().focus();
  await data.page.keyboard.press('End');
  await expect(tiles.last()).toBeFocused();
  await data.side.getByRole('link', { name: /^reds/ }).click(); // again: all classes;
  await expect(data.classSection('blues')).toBeVisible();
});

test('a picture can be looked at closely', async ({ start }) => {
  const data = await start.chooseFolder(await makeFolder('few', { reds: 3, blues: 3 }));
  const tile = data.tiles('reds').first();
  await tile.click();
  const { side } = data;
  await expect(side).toContainText('96 × 72 px');
  await side.getByRole('button', { name: /^View / }).click();
  await expect(data.page.getByRole('dialog')).toBeVisible();
  await data.page.keyboard.press('Escape');
  await expect(data.page.getByRole('dialog')).toBeHidden();
});

test('a project is renamed, and deleted only after a question', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 2, dogs: 2 }));
  await page.getByRole('button', { name: 'Project pets' }).click();
  await page.getByRole('menuitem', { name: 'Rename project' }).click();
  await page.getByLabel('Project name').fill('우리 집');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Project 우리 집' }).click();
  await page.getByRole('menuitem', { name: 'All projects' }).click();
  await start.card('우리 집').click();
  await expect(data.train).toBeEnabled();
  // A thumbnail that is still being made while its project goes away is an error in the console, and rightly so.
  await expect.poll(() => page.evaluate(() => [...document.images].every(({ complete }) => complete))).toBe(true);
  await page.getByRole('button', { name: 'Project 우리 집' }).click();
  await page.getByRole('menuitem', { name: 'Delete project' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete project' }).click();
  await expect(start.invitation).toBeVisible();
  await expect(start.card('우리 집')).toBeHidden();
});

test('in the shell a folder is used where it lies, and nothing is copied', async ({ app, page }) => {
  const folder = await makeFolder('pets', { cats: 3, dogs: 3 });
  const uploads: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PUT') uploads.push(request.url());
  });
  await page.addInitScript((path) => {
    const desktop = {
      pickFolder: () => Promise.resolve(path),
      pathOfFile: () => path,
      revealInFolder: () => Promise.resolve(),
    };
    Object.defineProperty(window, 'desktop', { value: desktop });
  }, folder);
  await page.goto(app.url);
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await expect(page.getByText('6 pictures in 2 classes')).toBeVisible();
  await expect(page.getByText(`${folder}. They stay there and are never changed.`)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Read again' })).toBeVisible();

  // a drop goes the same way, as a project of its own: a folder of the user's is never written to
  const first = page.url();
  await dropFolder(page, folder, 'main');
  await page.waitForURL((url) => url.href !== first);
  await expect(page.getByText('6 pictures in 2 classes')).toBeVisible();
  await page.goto(`${new URL(app.url).origin}/#/`);
  await expect(page.getByRole('main').getByRole('link', { name: 'pets' })).toHaveCount(2);
  expect(uploads).toEqual([]);
});
