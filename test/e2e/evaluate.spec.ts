/** Evaluate: from a number to its pictures, and from a wrong picture to a run without the mistake. */
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import { makeFolder } from './folders.ts';
import { Evaluate } from './pages/evaluate.ts';
import { makeMislabelled } from './trained.ts';

test('a wrong label is mended where it is seen, and the run that follows gets the picture right', async ({
  start,
  page,
}) => {
  const data = await start.chooseFolder(await makeMislabelled());
  const train = await data.startTraining();
  await train.expectFinished();
  const evaluate = await train.openResults();
  await expect(evaluate.main.getByRole('button', { name: '1 wrong' })).toBeVisible();
  await expect(evaluate.cases).toHaveCount(1);

  // by key, and back
  await evaluate.cases.first().focus();
  await page.keyboard.press('1');
  await expect(evaluate.main.getByText('1 relabelled')).toBeVisible();
  await expect(evaluate.cases.first()).toHaveAccessibleName(/, relabelled blue$/);
  await expect(evaluate.cases.first()).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect(evaluate.retrain('1 change')).toBeHidden();

  // by menu; another picture is left out
  await evaluate.label('red').click();
  await page.getByRole('menuitemradio', { name: 'blue' }).click();
  await expect(evaluate.label('blue')).toBeVisible();
  await evaluate.show('Right').click();
  await evaluate.cases.first().focus();
  await page.keyboard.press('Delete');
  await expect(evaluate.main.getByText('1 relabelled, 1 left out')).toBeVisible();
  await page.reload();
  await expect(evaluate.main.getByText('1 relabelled, 1 left out')).toBeVisible();

  await evaluate.retrain('2 changes').click();
  await expect(evaluate.main.getByRole('heading', { name: 'Compared with run 1' })).toBeVisible({ timeout: 90_000 });
  await expect(evaluate.headline).toContainText(/100\s%.*from 10 pictures/);
  await expect(evaluate.main.getByText('On the 10 pictures that both have seen:')).toBeVisible();
  await expect(evaluate.retrain('2 changes')).toBeHidden();
  await evaluate.main.getByRole('button', { name: '1 put right' }).click();
  await expect(evaluate.cases).toHaveCount(1);
  await expect(evaluate.cases.first()).toHaveAccessibleName(/^Labelled blue, predicted blue/);
});

test('figures open the pictures that they count, heat maps lie over them, and several views are measured', async ({
  start,
  page,
}) => {
  const data = await start.chooseFolder(await makeMislabelled());
  const train = await data.startTraining();
  await train.expectFinished();
  const evaluate = await train.openResults();
  await evaluate.figure('labelled blue').first().click();
  await expect(evaluate.cases).toHaveCount(5);
  await evaluate.figure('predicted blue').click();
  await expect(evaluate.cases).toHaveCount(6);
  await evaluate.figure('mistakes with red').click();
  await expect(evaluate.cases).toHaveCount(1);
  await page.reload();
  await expect(evaluate.cases).toHaveCount(1);

  await evaluate.heatMap.click();
  const maps = evaluate.main.locator('img[src^="/heatmaps/"]');
  const width = (): Promise<number> => maps.first().evaluate((map) => (map as HTMLImageElement).naturalWidth);
  await expect.poll(width).toBeGreaterThan(0);
  await evaluate.cases.first().focus();
  await page.keyboard.press('m');
  await expect(maps).toHaveCount(0);
  await page.keyboard.press('Enter');
  await evaluate.viewer.getByRole('switch', { name: 'Heat map' }).click();
  await expect(evaluate.viewer.getByRole('img', { name: 'Heat map of blue' })).toBeVisible();
  await evaluate.viewer.getByLabel('Class: blue').click();
  await page.getByRole('option', { name: 'red', exact: true }).click();
  await expect(evaluate.viewer.getByRole('img', { name: 'Heat map of red' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(evaluate.viewer).toBeHidden();

  await evaluate.main
    .getByRole('group', { name: 'Crops of each size' })
    .getByRole('button', { name: 'Centre' })
    .click();
  await evaluate.main.getByRole('button', { name: 'Measure' }).click();
  await expect(evaluate.main.getByText(/^5 views a picture take /)).toBeVisible({ timeout: 90_000 });
  await expect(evaluate.main.getByText(/\d put right/)).toBeVisible();

  await evaluate.main.getByRole('button', { name: /^Keep 15 % of the pictures for a test/ }).click();
  await expect(evaluate.title('Train')).toBeVisible();
  await page.getByText('Advanced').click();
  const share = page.getByLabel('Test share', { exact: true });
  await expect(share).toHaveValue('15');
  await expect(share).toBeEnabled(); // these folders bring no test of their own
});

test('many classes: the matrix is sorted by errors, and the pairs that are confused most open their pictures', async ({
  start,
  page,
}) => {
  const names = Array.from({ length: 12 }, (_, index) => `class ${String.fromCharCode(97 + index)}`);
  const folder = await makeFolder('many', Object.fromEntries(names.map((name) => [name, 6])));
  const train = await (await start.chooseFolder(folder)).startTraining();
  await train.expectFinished();
  const evaluate = await train.openResults();
  const pairs = evaluate.main.getByRole('heading', { name: 'Confused most often' }).locator('~ ul').getByRole('button');
  const [, count = ''] = /^(\d+) of/.exec((await pairs.first().getAttribute('aria-label')) ?? '') ?? [];
  await pairs.first().click();
  await expect(evaluate.cases).toHaveCount(Number(count));

  await evaluate.main.getByRole('button', { name: 'By errors' }).click();
  const cells = evaluate.matrix.getByRole('gridcell');
  await cells.first().getByRole('button').focus();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
  await expect(evaluate.matrix.locator('[data-cell="2-1"]')).toBeFocused();
});

for (const locale of ['en-US', 'ko-KR'] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('Evaluate has no serious fault for screen readers or contrast while it is mended', async ({ app, page }) => {
      const isKorean = locale === 'ko-KR';
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.goto(app.url);
      await page.getByTestId('folder-input').setInputFiles(await makeMislabelled());
      await page
        .getByRole('button', { name: isKorean ? '학습 시작' : 'Train', exact: true })
        .click({ timeout: 60_000 });
      await page.getByRole('link', { name: isKorean ? '결과 보기' : 'See results' }).click({ timeout: 90_000 });
      const evaluate = new Evaluate(page);
      await page.locator('.gallery button.pic').first().focus();
      await page.keyboard.press('1');
      await expect(page.getByText(isKorean ? '1장 정답 변경' : '1 relabelled')).toBeVisible();
      await page.keyboard.press('m');
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousViolations(page), colorScheme).toEqual([]);
        await page.keyboard.press('Enter');
        await expect(evaluate.viewer).toBeVisible();
        expect(await seriousViolations(page), `viewer, ${colorScheme}`).toEqual([]);
        await page.keyboard.press('Escape');
        await expect(evaluate.viewer).toBeHidden();
        await page.locator('.gallery .label-menu').first().click();
        await expect(page.getByRole('menu')).toBeVisible();
        expect(await seriousViolations(page), `menu, ${colorScheme}`).toEqual([]);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('menu')).toBeHidden();
        await page.locator('.gallery button.pic').first().focus();
      }
    });
  });
}
