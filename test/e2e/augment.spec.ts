/** How training pictures are varied: presets, kinds, and a wall of what the coming epochs will see. */
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';

test('a preset turns augmentation on, the wall shows it, and the next run has it', async ({ start }) => {
  const data = await start.trySample();
  const augment = await data.openAugment();
  await augment.expectWall();
  await expect(augment.mode('Off')).toBeChecked();
  await expect(augment.wall.getByRole('img', { name: 'Original' })).toBeVisible();
  await augment.preset('Documents').click();
  await expect(augment.preset('Documents')).toHaveAttribute('aria-pressed', 'true');
  await expect(augment.mode('Cached variants')).toBeChecked();
  await expect(augment.kind('Flip left to right')).not.toBeChecked();
  await expect(augment.kind('Blur')).toBeChecked();
  await augment.expectWall();
  const seen = await augment.tiles.evaluateAll((all) => all.map((tile) => tile.getAttribute('alt') ?? ''));
  expect(seen.filter((words) => words.includes('Flip'))).toEqual([]);
  expect(seen.some((words) => words.includes('variant 2'))).toBe(true);
  await expect(augment.step('Augment')).toContainText('5 on');

  const setup = await augment.train();
  await expect(setup.option('Cached variants')).toBeChecked();
  await setup.option('New every epoch').check();
  await setup.step('Augment').click();
  await expect(augment.mode('New every epoch')).toBeChecked();
  await expect(augment.preset('Documents')).toHaveAttribute('aria-pressed', 'true');
});

test('sliders move by keys within the contract, and go back to the preset', async ({ start, page }) => {
  const data = await start.trySample();
  const augment = await data.openAugment();
  await augment.preset('Gentle').click();
  await augment.expectWall();
  const angle = augment.slider('Rotate: Angle');
  await expect(angle).toHaveAttribute('aria-valuetext', '±\u00a010°');
  const request = page.waitForRequest(
    (one) => one.url().includes('previewAugmentation') && (one.postData() ?? '').includes('"rotationDegrees":180'),
  );
  await angle.press('End');
  await expect(angle).toHaveAttribute('aria-valuetext', '±\u00a0180°');
  await request;
  await expect(augment.preset('Gentle')).toHaveAttribute('aria-pressed', 'false');
  await augment.main.getByRole('button', { name: 'Reset Rotate to the preset' }).click();
  await expect(angle).toHaveAttribute('aria-valuetext', '±\u00a010°');
  await augment.kind('Cutout').check();
  await expect(augment.slider('Cutout: Square side')).toHaveAttribute('aria-valuetext', '≤\u00a050\u00a0%');
  await augment.main.getByRole('button', { name: 'Reset to Gentle' }).click();
  await expect(augment.kind('Cutout')).not.toBeChecked();
  await expect(augment.preset('Gentle')).toHaveAttribute('aria-pressed', 'true');
});

test('another picture is chosen by the arrow keys, and the wall goes on to later epochs', async ({ start }) => {
  const data = await start.trySample();
  const augment = await data.openAugment();
  await augment.preset('Strong').click();
  await augment.mode('New every epoch').check();
  await augment.expectWall();
  const first = await augment.tiles.first().getAttribute('src');
  await augment.more.click();
  await expect(augment.tiles.first()).toHaveAttribute('alt', /^Epoch 12,/);
  await augment.expectWall();
  expect(await augment.tiles.first().getAttribute('src')).not.toBe(first);

  const last = augment.pictures.last();
  await augment.pictures.first().focus();
  await augment.pictures.first().press('End');
  await expect(last).toBeFocused();
  await expect(last).toHaveAttribute('aria-pressed', 'true');
  const className = ((await last.getAttribute('aria-label')) ?? '').split(',')[0] ?? '';
  await expect(augment.main.getByRole('region', { name: 'Preview picture' })).toContainText(className);
});

test('mixing is shown where it happens, and CutMix says what it needs', async ({ start }) => {
  const data = await start.trySample();
  const augment = await data.openAugment();
  await expect(augment.kind('CutMix')).toBeDisabled();
  await expect(augment.main.getByText(/^Needs “Upper layers” or more/)).toBeVisible();
  await augment.kind('Mixup').check();
  await augment.slider('Mixup: Batches mixed').press('End');
  await augment.expectWall();
  await expect(augment.tiles.first()).toHaveAttribute('alt', /, Mixup: \d+\u00a0% /);
  for (const name of ['Off', 'Cached variants', 'New every epoch']) {
    await expect(augment.mode(name)).toHaveAccessibleDescription(/pass|epoch|at once/);
  }
});

for (const locale of ['en-US', 'ko-KR'] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('augmentation has no serious fault for screen readers or contrast, in light and dark', async ({
      app,
      page,
    }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.goto(app.url);
      const isKorean = locale === 'ko-KR';
      await page.getByRole('button', { name: isKorean ? '예제 사진으로 해 보기' : 'Try the sample set' }).click();
      await page
        .getByRole('navigation')
        .getByRole('link', { name: isKorean ? '사진 변형' : 'Augment' })
        .click();
      await page.getByRole('button', { name: isKorean ? '강하게' : 'Strong', exact: true }).click({ timeout: 60_000 });
      const wall = page.getByRole('list', {
        name: isKorean ? '네트워크가 보게 될 모습' : 'As the network will see it',
      });
      await expect(wall.getByRole('img')).toHaveCount(12, { timeout: 30_000 });
      await expect(wall).toHaveAttribute('aria-busy', 'false');
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousViolations(page), colorScheme).toEqual([]);
      }
    });
  });
}
