/** The keyboard: the palette of commands, the shortcuts, and the sheet that lists them. */
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';

test('keys pressed one after another lead from screen to screen, but not while something is typed', async ({
  start,
  page,
}) => {
  const data = await start.trySample();
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await expect(data.title('Coach')).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await expect(data.title('Lab')).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(data.title('Settings')).toBeVisible();
  const setup = await data.openTraining();
  await setup.setAdvanced({ Epochs: '20' });
  const epochs = setup.main.getByLabel('Epochs', { exact: true });
  await epochs.focus();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await expect(setup.title('Train')).toBeVisible();
});

test('the palette finds commands and projects by name, and the sheet lists the shortcuts', async ({ start, page }) => {
  const data = await start.trySample();
  await page.keyboard.press('Control+k');
  const search = page.getByRole('combobox', { name: 'Commands' });
  await expect(search).toBeFocused();
  await search.fill('expo');
  await page.keyboard.press('Enter');
  await expect(data.title('Export')).toBeVisible();
  await expect(search).toBeHidden();

  await page.getByRole('button', { name: /^Commands/ }).click();
  await search.fill('Theme: Dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.keyboard.press('Control+k');
  await search.fill('qqqq');
  await expect(page.getByText('Nothing is called that.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(search).toBeHidden();

  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet.getByText('Evaluate')).toBeVisible();
  await expect(sheet.getByText('Ctrl', { exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
});

test('keys without Ctrl can be turned off, here and in the settings, and stay so', async ({ start, page }) => {
  const data = await start.trySample();
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet.getByText('Evaluate')).toBeVisible();
  await sheet.getByRole('switch', { name: 'Shortcuts without Ctrl' }).click();
  await expect(sheet.getByText('Evaluate')).toBeHidden();
  await page.keyboard.press('Escape');
  await page.reload();
  await expect(data.title('Data')).toBeVisible();
  await page.keyboard.press('n');
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Commands' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(data.title('Data')).toBeVisible();
  await data.settings.click();
  await page.getByRole('switch', { name: 'Shortcuts without Ctrl' }).click();
  await page.keyboard.press('n');
  await expect(data.title('Train')).toBeVisible();
});

for (const locale of ['en-US', 'ko-KR'] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('palette and sheet have no serious fault for screen readers or contrast', async ({ app, page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.goto(app.url);
      await expect(page.getByRole('navigation')).toBeVisible();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.keyboard.press('Control+k');
        await expect(page.getByRole('dialog')).toBeVisible();
        expect(await seriousViolations(page), `palette, ${colorScheme}`).toEqual([]);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('dialog')).toBeHidden();
        await page.keyboard.press('?');
        await expect(page.getByRole('dialog')).toBeVisible();
        expect(await seriousViolations(page), `sheet, ${colorScheme}`).toEqual([]);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('dialog')).toBeHidden();
      }
    });
  });
}
