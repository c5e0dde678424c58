/** The coach: six steps that fill in while they run, and advice that goes into the next run. */
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import { STEP_NAMES } from './pages/coach.ts';
import { TrainSetup } from './pages/train.ts';

test('a learning rate that is far too low is found, and what is applied goes into the next run', async ({
  start,
  page,
}) => {
  const data = await start.trySample();
  const setup = await data.openTraining();
  await setup.setAdvanced({ 'Learning rate': '0.000001', Epochs: '2' });
  const coach = await data.openCoach();
  await expect(coach.card('Curves')).toContainText('Not run yet');
  await coach.run.click();
  await expect(coach.stop).toBeVisible();
  await expect(coach.proposal).toBeVisible({ timeout: 90_000 });
  for (const name of STEP_NAMES) {
    await expect(coach.card(name).getByText(/^(Passed|Worth a look|Needs a change)$/)).toBeVisible();
  }
  await expect(coach.card('Coarse grid').getByRole('table', { name: 'Weight decay by Learning rate' })).toBeVisible();
  await expect(coach.card('Coarse grid').locator('.best')).toHaveCount(1);
  await expect(coach.card('Learning rate').getByRole('slider', { name: 'Loss by Learning rate' })).toBeVisible();
  await expect(coach.step('Coach')).toContainText(/tips?$/);

  await expect(coach.card('Learning rate')).toContainText('Needs a change');
  const apply = coach.card('Learning rate').getByRole('button', { name: /^Apply: Learning rate: 0.000001 → / });
  const words = (await apply.getAttribute('aria-label')) ?? '';
  await apply.click();
  await expect(coach.card('Learning rate').getByText('Applied')).toBeVisible();
  await coach.main.getByRole('link', { name: 'Train with these settings' }).click();
  const request = page.waitForRequest(/runs\/start/);
  await new TrainSetup(page).start();
  const sent = (await request).postDataJSON() as { json: { config: { learningRate: number; epochs: number } } };
  expect(sent.json.config).toMatchObject({ learningRate: Number(words.split('→')[1]), epochs: 2 });
});

test('a coach that is stopped keeps its steps, also after a reload, and can be asked again', async ({
  start,
  page,
}) => {
  const data = await start.trySample();
  const coach = await data.openCoach();
  await coach.run.click();
  await expect(coach.card('Initial loss').getByText('Passed')).toBeVisible({ timeout: 60_000 });
  await coach.stop.click();
  await expect(coach.main.getByText(/^Stopped after \d of 6 steps$/)).toBeVisible();
  await page.reload();
  await expect(coach.card('Initial loss').getByText('Passed')).toBeVisible();
  await expect(coach.card('Curves')).toContainText('Not run yet');
  await coach.runAgain.click();
  await expect(coach.stop).toBeVisible();
});

for (const locale of ['en-US', 'ko-KR'] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('the coach has no serious fault for screen readers or contrast, in light and dark', async ({ app, page }) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.goto(app.url);
      const isKorean = locale === 'ko-KR';
      await page.getByRole('button', { name: isKorean ? '예제 사진으로 해 보기' : 'Try the sample set' }).click();
      await page
        .getByRole('navigation')
        .getByRole('link', { name: isKorean ? '코치' : 'Coach' })
        .click();
      const run = page.getByRole('button', { name: isKorean ? '설정 검사하기' : 'Examine the settings' });
      await expect(run).toBeEnabled({ timeout: 60_000 });
      const check = async (when: string): Promise<void> => {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await seriousViolations(page), `${when}, ${colorScheme}`).toEqual([]);
        }
      };
      await check('before');
      await run.click();
      await expect(page.getByRole('button', { name: isKorean ? '멈추기' : 'Stop' })).toBeVisible();
      await check('while it runs');
      await expect(page.getByRole('region', { name: isKorean ? '제안' : 'Proposal' })).toBeVisible({ timeout: 90_000 });
      await check('after');
    });
  });
}
