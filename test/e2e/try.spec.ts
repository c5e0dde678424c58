/** Try: pictures of one's own, the webcam, and whole folders. Nothing is stored. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import { makeFolder } from './folders.ts';
import type { Home } from './pages/home.ts';
import { Try } from './pages/try.ts';
import { trainSample } from './trained.ts';

async function openTry(start: Home, page: Page): Promise<Try> {
  const train = await trainSample(start);
  await train.step('Try').click();
  return new Try(page);
}

test.describe('pictures', () => {
  test.use({ expectedErrors: { patterns: [/415/] } }); // the file that is no picture

  test('are named when they are chosen, pasted or dropped, with their heat maps, and go by key', async ({
    start,
    page,
  }) => {
    const screen = await openTry(start, page);
    const folder = await makeFolder('mine', { some: 2, 'some/notes.jpg': 'no picture' });
    await screen.choosePictures([join(folder, 'some', '1.jpg'), join(folder, 'some', 'notes.jpg')]);
    await expect(screen.pictures).toHaveCount(2);
    await expect(screen.pictures.first()).toContainText(/\d\s%$/);
    await expect(screen.pictures.last()).toContainText('Could not be read');
    await expect(screen.answer.getByText('Probability of each class')).toBeVisible();
    await screen.answer.getByRole('switch', { name: 'Heat map' }).click();
    await expect(screen.main.getByRole('img', { name: /^Heat map of / })).toBeVisible();
    await screen.pictures.first().focus();
    await page.keyboard.press('ArrowDown');
    await expect(screen.main.getByRole('alert')).toBeVisible();
    await page.keyboard.press('Delete');
    await expect(screen.pictures).toHaveCount(1);

    const bytes = (await readFile(join(folder, 'some', '2.jpg'))).toString('base64');
    await page.evaluate((base64) => {
      const transfer = new DataTransfer();
      const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      transfer.items.add(new File([data], 'pasted.jpg', { type: 'image/jpeg' }));
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
    }, bytes);
    await expect(screen.pictures.last()).toContainText(/pasted\.jpg.*\d\s%$/);

    // another screen and back: nothing was kept
    await screen.step('Data').click();
    await expect(screen.title('Data')).toBeVisible();
    await screen.step('Try').click();
    await expect(screen.main.getByRole('heading', { name: 'Drop or paste pictures here' })).toBeVisible();
  });
});

test.describe('the webcam', () => {
  test.use({ permissions: ['camera'] });

  test('is answered live, a frame can be kept, and stopping lets go of it', async ({ start, page }) => {
    const screen = await openTry(start, page);
    await screen.with('Webcam').click();
    await screen.main.getByRole('button', { name: 'Start the webcam' }).click();
    await expect(screen.main.getByText(/^\d+ pictures\/s$/)).toBeVisible();
    await screen.answer.getByRole('switch', { name: 'Heat map' }).click();
    await expect(screen.main.getByRole('img', { name: /^Heat map of / })).toBeVisible();
    await expect(screen.main.getByRole('combobox', { name: 'Camera' }).getByRole('option')).toHaveCount(2);
    await screen.main.getByRole('button', { name: 'Keep this picture' }).click();
    await expect(screen.with('Pictures')).toContainText('1');

    const stream = await page.locator('video').evaluateHandle((video) => (video as HTMLVideoElement).srcObject);
    const states = (): Promise<string[]> =>
      stream.evaluate((held) => (held as MediaStream).getTracks().map(({ readyState }) => readyState));
    expect(await states()).toEqual(['live']);
    await screen.main.getByRole('button', { name: 'Stop' }).click();
    await expect(screen.main.getByRole('button', { name: 'Start the webcam' })).toBeVisible();
    expect(await states()).toEqual(['ended']);

    // leaving the screen lets go of it, too
    await screen.main.getByRole('button', { name: 'Start the webcam' }).click();
    await expect(page.locator('video')).toBeVisible();
    const again = await page.locator('video').evaluateHandle((video) => (video as HTMLVideoElement).srcObject);
    await screen.step('Data').click();
    await expect(screen.title('Data')).toBeVisible();
    expect(await again.evaluate((held) => (held as MediaStream).active)).toBe(false);
  });
});

test('a webcam that is refused is said in words', async ({ start, page }) => {
  const screen = await openTry(start, page);
  await screen.with('Webcam').click();
  await screen.main.getByRole('button', { name: 'Start the webcam' }).click();
  await expect(screen.main.getByRole('alert')).toContainText('The webcam may not be used.');
  await expect(screen.main.getByRole('button', { name: 'Start the webcam' })).toBeEnabled();
});

test.describe('a folder', () => {
  test.use({ expectedErrors: { patterns: [/415/] } });

  test('becomes a table that is sorted and saved as CSV', async ({ start, page }) => {
    const screen = await openTry(start, page);
    const folder = await makeFolder('odd', { 'one, two': 3, more: 2, 'more/notes.jpg': 'no picture' });
    await screen.with('Folder').click();
    await page.getByTestId('folder-input').setInputFiles(folder);
    await expect(screen.main.getByText('5 pictures named')).toBeVisible();
    await expect(screen.main.getByText('1 file skipped')).toBeVisible();
    await expect(screen.rows).toHaveCount(5);
    await expect(screen.rows.first()).toContainText('odd/more/1.jpg');

    await screen.table.getByRole('button', { name: 'Probability' }).click();
    await expect(screen.table.getByRole('columnheader', { name: 'Probability' })).toHaveAttribute(
      'aria-sort',
      'descending',
    );
    const shares = (await screen.rows.getByRole('cell').nth(2).allTextContents()).map(parseFloat);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    await screen.rows.first().getByRole('button').focus();
    await page.keyboard.press('ArrowDown');
    await expect(screen.answer.getByText('Probability of each class')).toBeVisible();

    const saving = page.waitForEvent('download');
    await screen.main.getByRole('button', { name: 'Save CSV' }).click();
    const download = await saving;
    expect(download.suggestedFilename()).toBe('odd.csv');
    const lines = (await readFile(await download.path(), 'utf8')).replace(/^\uFEFF/, '').split('\r\n');
    expect(lines[0]).toMatch(/^path,predicted,probability,/);
    expect(lines.filter((line) => /^"odd\/one, two\/\d\.jpg",/.test(line))).toHaveLength(3);
    expect(lines).toHaveLength(7); // the header, five rows, and the end of the last
  });
});

for (const locale of ['en-US', 'ko-KR'] as const) {
  test.describe(locale, () => {
    test.use({ locale, permissions: ['camera'] });

    test('Try has no serious fault for screen readers or contrast', async ({ app, page }) => {
      const isKorean = locale === 'ko-KR';
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.goto(app.url);
      await page.getByRole('button', { name: isKorean ? '예제 사진으로 해 보기' : 'Try the sample set' }).click();
      await page
        .getByRole('button', { name: isKorean ? '학습 시작' : 'Train', exact: true })
        .click({ timeout: 60_000 });
      await expect(page.getByRole('link', { name: isKorean ? '결과 보기' : 'See results' })).toBeVisible({
        timeout: 90_000,
      });
      await page
        .getByRole('navigation')
        .getByRole('link', { name: isKorean ? '예측' : 'Try' })
        .click();
      const folder = await makeFolder('mine', { some: 3 });
      const check = async (when: string): Promise<void> => {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await seriousViolations(page), `${when}, ${colorScheme}`).toEqual([]);
        }
      };
      const answer = page.getByRole('complementary', { name: isKorean ? '답' : 'Answer' });
      await check('empty');
      await page.getByTestId('pictures-input').setInputFiles(join(folder, 'some', '1.jpg'));
      await answer.getByRole('switch').click();
      await expect(page.locator('.square img')).toBeVisible();
      await check('pictures');
      const modes = page.getByRole('group', { name: isKorean ? '시험할 대상' : 'What to try it with' });
      await modes.getByRole('button', { name: isKorean ? '웹캠' : 'Webcam' }).click();
      await page.getByRole('button', { name: isKorean ? '웹캠 켜기' : 'Start the webcam' }).click();
      await expect(page.getByText(isKorean ? /^초당 \d+장$/ : /^\d+ pictures\/s$/)).toBeVisible();
      await check('webcam');
      await modes.getByRole('button', { name: isKorean ? '폴더' : 'Folder' }).click();
      await page.getByTestId('folder-input').setInputFiles(folder);
      await expect(page.getByText(isKorean ? '사진 3장 분류함' : '3 pictures named')).toBeVisible();
      await page.locator('[data-row="1"] button').click();
      await check('folder');
    });
  });
}
