/** The export screen: several formats at once, what they say of themselves, and what asks before it replaces. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import type { Exports } from './pages/exports.ts';
import type { Home } from './pages/home.ts';

/** The screen of a run on the sample set. */
async function trained(start: Home): Promise<Exports> {
  const data = await start.trySample();
  const train = await (await data.openTraining()).start();
  await train.expectFinished();
  return (await train.openResults()).openExport();
}

/** What the desktop's bridge offers, for a page in a browser: it always picks the same folder. */
async function withDesktop(page: Page, folder: string): Promise<void> {
  await page.addInitScript((picked: string) => {
    const revealed: string[] = [];
    const bridge = {
      pickFolder: () => Promise.resolve(picked),
      pathOfFile: () => '',
      revealInFolder: (path: string) => Promise.resolve(void revealed.push(path)),
    };
    Object.assign(window, { desktop: bridge, revealed });
  }, folder);
}

test('several formats are selected, written and checked at once, by keyboard too', async ({ start, page }) => {
  const exports = await trained(start);
  await expect(exports.write).toHaveText('Export 2 formats'); // what most need
  await exports.select('TensorFlow.js').uncheck();
  await expect(exports.write).toHaveText('Export ONNX');
  await exports.select('SavedModel').focus();
  await page.keyboard.press('Space');
  await exports.select('ONNX NHWC').check();
  await expect(exports.write).toHaveText('Export 3 formats');
  await expect(exports.card('SavedModel')).toContainText('Not written yet');

  await exports.side.getByRole('switch', { name: 'Add sample pictures' }).check();
  await exports.exportSelected();
  for (const name of ['ONNX', 'ONNX NHWC', 'SavedModel']) {
    await expect(exports.card(name)).toContainText(/Checked, \d+ of \d+ agree|Not run here/);
  }
  await expect(exports.card('TensorFlow.js')).toContainText('Not written yet');
  await expect(exports.write).toHaveText('Select what to export');

  await exports.format('ONNX').click();
  const files = await exports.download();
  expect(Object.keys(files)).toEqual(
    expect.arrayContaining(['MODEL_CARD.md', 'LICENCE.txt', 'export.json', 'samples/0.jpg', 'model.onnx']),
  );
  await exports.side.getByRole('button', { name: 'serve.py' }).click();
  expect(await exports.side.locator('pre').textContent()).toBe(new TextDecoder().decode(files['serve.py']));
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await exports.side.getByRole('button', { name: 'Copy path' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/exports\/onnx$/);
});

test('an export can be cancelled, and what it had not put in its place is not written', async ({ start, page }) => {
  const exports = await trained(start);
  await page.getByRole('button', { name: 'Select all that are not written' }).click();
  await exports.write.click();
  await exports.cancel.click();
  await expect(exports.write).toBeEnabled();
  await expect(exports.card('SavedModel uint8')).toContainText('Not written yet');
  await expect(exports.main.getByRole('alert')).toBeHidden();
});

test('an export that goes on is found again after another screen and another project, and cancelled there', async ({
  start,
  page,
}) => {
  const exports = await trained(start);
  const address = page.url();
  await page.getByRole('button', { name: 'Select all that are not written' }).click();
  await exports.write.click();
  await exports.step('Data').click();
  await expect(exports.title('Data')).toBeVisible();
  await exports.step('Export').click();
  await expect(exports.cancel).toBeVisible();
  await page.goto(`${new URL(address).origin}/#/`);
  await expect(start.invitation).toBeVisible();
  await page.goto(address);
  await exports.cancel.click();
  await expect(exports.write).toBeEnabled();
  await expect(exports.card('SavedModel uint8')).toContainText('Not written yet');
});

test('pictures of another folder calibrate an 8-bit format; one that is not there is said so', async ({
  start,
  app,
}) => {
  const exports = await trained(start);
  await expect(exports.side.getByLabel('Calibration pictures')).toBeHidden(); // ONNX needs none
  for (const name of ['ONNX', 'TensorFlow.js']) await exports.select(name).uncheck();
  await exports.select('TensorFlow Lite, int8').check();
  const field = exports.side.getByLabel('Calibration pictures');
  await field.fill(join(app.home, 'nowhere'));
  await exports.write.click();
  await expect(exports.main.getByRole('alert')).toContainText('nowhere');
  const [project = ''] = await readdir(join(app.home, 'projects'));
  await field.fill(join(app.home, 'projects', project));
  await exports.exportSelected();
  await expect(exports.side).toContainText(/fitted to \d+ pictures/);
});

test('a chosen folder that holds an earlier export is asked about, and the result is shown in it', async ({
  start,
  page,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'fovea-exports-'));
  try {
    await mkdir(join(folder, 'onnx'));
    await writeFile(join(folder, 'onnx', 'notes.txt'), 'mine');
    const exports = await trained(start);
    await withDesktop(page, folder);
    await page.reload();
    await exports.select('TensorFlow.js').uncheck();
    await exports.side.getByRole('button', { name: 'Change' }).click();
    await expect(exports.side.getByText(folder)).toBeVisible();
    await exports.write.click();
    const dialog = page.getByRole('dialog', { name: 'Replace the earlier files?' });
    await expect(dialog).toContainText(folder);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(exports.card('ONNX')).toContainText('Not written yet');
    await exports.write.click();
    await dialog.getByRole('button', { name: 'Replace' }).click();
    await expect(exports.card('ONNX')).toContainText('Checked', { timeout: 60_000 });
    await exports.side.getByRole('button', { name: 'Show in folder' }).click();
    expect(await page.evaluate(() => (window as unknown as { revealed: string[] }).revealed)).toEqual([
      join(folder, 'onnx'),
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

for (const locale of ['en-US', 'ko-KR'] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('every state of a card has no serious fault for screen readers or contrast, in light and dark', async ({
      app,
      page,
    }) => {
      await page.goto(app.url);
      await page
        .getByRole('button', { name: locale === 'ko-KR' ? '예제 사진으로 해 보기' : 'Try the sample set' })
        .click();
      await page
        .getByRole('main')
        .getByRole('button', { name: locale === 'ko-KR' ? '학습 시작' : 'Train', exact: true })
        .click({ timeout: 60_000 });
      await page
        .getByRole('link', { name: locale === 'ko-KR' ? '결과 보기' : 'See results' })
        .click({ timeout: 90_000 });
      await answerWithEveryState(page);
      await page
        .getByRole('link', { name: locale === 'ko-KR' ? '내보내기' : 'Export' })
        .first()
        .click();
      const cards = page.locator('.target');
      await expect(cards.first()).toContainText('153');
      await expect(page.getByRole('complementary')).toContainText(
        locale === 'ko-KR'
          ? '결과를 가장 많이 바꾸는 것은 conv_pw_13 층입니다.'
          : 'Layer conv_pw_13 changes the answers most.',
      );
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        for (const index of [0, 1, 2, 3]) {
          await cards.nth(index).getByRole('button').click();
          expect(await seriousViolations(page), `${colorScheme}, card ${index}`).toEqual([]);
        }
        if (process.env['FOVEA_SCREENSHOTS'] !== undefined) await takeBothSizes(page, `${colorScheme}.${locale}`);
      }
    });
  });
}

/** Puts reports of every kind in the place of the server's: below 99 %, not run here, rounded a little, whole. */
async function answerWithEveryState(page: Page): Promise<void> {
  const report = (format: string, facts: object) => ({
    format,
    path: `/somewhere/exports/${format}`,
    bytes: 7_300_000,
    agreement: { same: 153, of: 153 },
    maxAbsDifference: 0.0000031,
    ...facts,
  });
  const drop = (share: number, low: number, high: number) => ({ drop: share, interval: { low, high } });
  const json = [
    report('onnx', {
      agreement: { same: 140, of: 153 },
      maxAbsDifference: 0.41,
      accuracyDrop: drop(0.0784, 0.0364, 0.1339),
      doubt: { reason: 'rounding', layer: 'conv_pw_13' },
    }),
    report('onnx-nhwc', { agreement: null, maxAbsDifference: null, notRun: 'It runs on Apple devices alone.' }),
    report('onnx-any-size', {
      agreement: { same: 152, of: 153 },
      maxAbsDifference: 0.02,
      accuracyDrop: drop(0, -0.0245, 0.0245),
    }),
    report('tfjs', {}),
  ];
  await page.route('**/rpc/exports/list', (route) => route.fulfill({ json: { json } }));
  await page.route('**/exports/**/*.zip', async (route) => {
    const { zipSync, strToU8 } = await import('fflate');
    const files = { 'README.md': strToU8('# ONNX'), 'example.py': strToU8('import onnxruntime\n') };
    await route.fulfill({ body: Buffer.from(zipSync(files)), contentType: 'application/zip' });
  });
}

/** Pictures of the screen, to be looked at. */
async function takeBothSizes(page: Page, suffix: string): Promise<void> {
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 1024, height: 700 },
  ]) {
    await page.setViewportSize(viewport);
    await page.locator('.target').first().getByRole('button').click();
    const name = `export-states.${viewport.width}.${suffix}.png`;
    await page.screenshot({ path: join(import.meta.dirname, '..', 'results', 'screenshots', name) });
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}
