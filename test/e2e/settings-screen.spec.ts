/** The screen of what holds for all projects: look, machine, storage, privacy, log, licences. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';

const repository = join(import.meta.dirname, '..', '..');

test('settings say where everything lies, and clear the cache', async ({ start, app }) => {
  const data = await start.trySample();
  const train = await (await data.openTraining()).start();
  await train.expectFinished();
  await train.settings.click();
  await expect(train.title('Settings')).toBeVisible();
  await expect(train.step('Data')).toBeVisible(); // the project's rail stays
  const storage = train.main.getByRole('region', { name: 'Storage' });
  await expect(storage.getByText(app.home, { exact: true })).toBeVisible();
  await expect(storage.getByText(`${app.home}/cache/activations`)).toBeVisible();
  await expect(storage.getByText(/\s(kB|MB) of at most /)).toBeVisible();
  await storage.getByRole('button', { name: 'Clear stored activations' }).click();
  await expect(storage.getByText(/^Cleared: .+\s(kB|MB) are free again$/)).toBeVisible();
  await expect(train.main.getByRole('region', { name: 'This machine' })).toContainText(/cores?/);
  await expect(train.main.getByRole('region', { name: 'Privacy' })).toContainText('Nothing leaves this machine');
});

test('a backbone is added from a folder, offered for training, and removed; what cannot be added is said with its cause', async ({
  start,
}) => {
  await start.settings.click();
  const section = start.main.getByRole('region', { name: 'Backbones' });
  const here = section.getByRole('list', { name: 'Backbones that are here' }).getByRole('listitem');
  await expect(here.filter({ hasText: 'default' })).toContainText(/Apache-2\.0 · .+MB/);
  const countBefore = await here.count();
  const source = section.getByLabel('Add a model of your own');
  await source.fill(join(repository, 'package.json'));
  await section.getByRole('button', { name: 'Add' }).click();
  await expect(section.getByRole('alert')).toContainText('package.json');
  await source.fill(join(repository, 'test', 'fixtures', 'graph-models', 'mobilenet_v1', 'fused'));
  await source.press('Enter');
  await expect(section.getByText(/is here now/)).toBeVisible({ timeout: 60_000 });
  await expect(section.getByRole('alert')).toBeHidden();
  await expect(here).toHaveCount(countBefore + 1);
  await expect(here.last()).toContainText('licence unknown');
  await here
    .last()
    .getByRole('button', { name: /^Remove/ })
    .click();
  await start.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(here).toHaveCount(countBefore);
  await section.getByRole('combobox', { name: /Choose a backbone/ }).click();
  await expect(start.page.getByRole('option', { name: /MobileNet V2 1.0/ })).toBeVisible();
});

test('the log can be had as a file, and the licences of what ships are listed with their texts', async ({
  start,
  page,
}) => {
  await start.settings.click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download the log' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('fovea.log');
  expect((await readFile(await download.path(), 'utf8')).length).toBeGreaterThanOrEqual(0);
  const about = start.main.getByRole('region', { name: 'About' });
  await about.getByText('Licences of what ships').click();
  for (const name of ['svelte', 'sharp', 'onnxruntime-node', 'electron']) {
    await expect(about.getByText(name, { exact: true })).toBeVisible();
  }
  await about.getByText('svelte', { exact: true }).click();
  await expect(about.locator('pre:visible')).toContainText('Permission is hereby granted');
});

for (const locale of ['en-US', 'ko-KR'] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('settings have no serious fault for screen readers or contrast, in light and dark', async ({ app, page }) => {
      await page.goto(app.url);
      const isKorean = locale === 'ko-KR';
      const rail = page.getByRole('navigation', { name: isKorean ? '화면' : 'Screens' });
      await rail.getByRole('link', { name: isKorean ? '설정' : 'Settings' }).click();
      await expect(page.getByRole('heading', { level: 1, name: isKorean ? '설정' : 'Settings' })).toBeVisible();
      await expect(page.getByText(isKorean ? '저장한 것이 없습니다' : 'Nothing is stored')).toBeVisible();
      await page.getByText(isKorean ? '포함된 소프트웨어의 라이선스' : 'Licences of what ships').click();
      await expect(page.getByText('svelte', { exact: true })).toBeVisible();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        expect(await seriousViolations(page), colorScheme).toEqual([]);
      }
      await rail.getByRole('link', { name: isKorean ? '프로젝트' : 'Projects' }).click();
      await expect(page.getByRole('heading', { level: 1, name: isKorean ? '설정' : 'Settings' })).toBeHidden();
    });
  });
}
