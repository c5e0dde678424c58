/** The lab: experiments that run on the user's own pictures, and stay while their project is open. */
import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';

test('an activation is chosen and played with, and its curve is read off by keys', async ({ start }) => {
  const data = await start.trySample();
  const lab = await data.openLab();
  await expect(lab.main.getByText('Not run yet.')).toBeVisible();
  await lab.run.click();
  await expect(lab.cancel).toBeVisible();
  await lab.expectResult();
  await expect(lab.option('Sigmoid')).toBeVisible();
  await lab.option('ELU').check();
  await expect(lab.option('ELU')).toHaveAccessibleDescription('worth a try');
  const curve = lab.slider('What comes out');
  await curve.press('Home');
  await expect(curve).toHaveAttribute('aria-valuetext', 'x -6, ELU -1'); // e⁻⁶ − 1, in two digits
  await lab.slider('α of ELU').press('End');
  await curve.press('Home');
  await expect(curve).toHaveAttribute('aria-valuetext', 'x -6, ELU -2');
  await lab.option('Sigmoid').check();
  await expect(lab.slider('α of ELU')).toBeHidden();
  await expect(lab.main.getByText('at both ends', { exact: true })).toBeVisible();
});

test('results stay while one moves between experiments and screens', async ({ start }) => {
  const data = await start.trySample();
  const lab = await data.openLab();
  await lab.open('Initialisation');
  await lab.run.click();
  await lab.expectResult();
  await expect(lab.main.getByRole('row', { name: /^Large random explodes/ })).toBeVisible();
  await expect(lab.main.getByRole('row', { name: /^He keeps it/ })).toBeVisible();
  await expect(lab.main.getByRole('columnheader')).toHaveCount(10);
  await lab.option('tanh').check();
  await expect(lab.main.getByRole('row', { name: /^Large random saturates/ })).toBeVisible();
  await lab.main.getByRole('button', { name: 'Activations', exact: true }).click();
  await expect(lab.main.getByRole('row', { name: /^ReLU keeps it/ })).toBeVisible();
  await lab.slider('Layers').press('ArrowRight');
  await expect(lab.main.getByText('What is shown was made with other settings.')).toBeVisible();

  await lab.open('Preprocessing');
  await lab.run.click();
  await lab.expectResult();
  await expect(lab.main.getByRole('img', { name: 'Mean image' })).toBeVisible();
  const original = lab.main.getByRole('img', { name: /^Covariance, Original/ });
  await original.focus();
  await original.press('ArrowRight');
  await expect(lab.main.getByText(/^Original: covariance of .+ and .+ is -?\d/)).toBeVisible();
  await expect(lab.main.getByRole('img', { name: 'Covariance, Whitened: mean correlation 0.00' })).toBeVisible();
  await lab.step('Data').click();
  await lab.step('Lab').click();
  await lab.open('Initialisation');
  await expect(lab.runAgain).toBeVisible();
  await expect(lab.main.getByRole('columnheader').first()).toBeVisible();
});

test('dropout and penalties show what they do; an experiment can be cancelled', async ({ start }) => {
  const data = await start.trySample();
  const lab = await data.openLab();
  await lab.open('Dropout');
  await lab.slider('Masks').press('End');
  await lab.run.click();
  await lab.cancel.click();
  await expect(lab.run).toBeVisible();
  await expect(lab.main.getByText('Not run yet.')).toBeVisible();
  await lab.main.getByRole('button', { name: 'Reset' }).click();
  await lab.run.click();
  await lab.expectResult();
  await expect(lab.main.getByText('100 masks averaged', { exact: true })).toBeVisible();
  await expect(lab.main.getByRole('img', { name: /^Picture labelled / }).first()).toBeVisible();

  await lab.open('L1 and L2');
  await lab.run.click();
  await lab.expectResult();
  const spoken = lab.main.getByRole('img', { name: /^Weights with L1: .+ are exactly zero$/ });
  await lab.slider('λ of L1').press('Home');
  const weakest = await spoken.getAttribute('aria-label');
  await lab.slider('λ of L1').press('End');
  await expect(spoken).not.toHaveAttribute('aria-label', weakest ?? '');
  await expect(lab.main.getByRole('img', { name: 'Weights with L2: 0\u00a0% are exactly zero' })).toBeVisible();
});

test('what transfer brought is measured by two runs that stay with the project', async ({ start }) => {
  const data = await start.trySample();
  const lab = await data.openLab();
  await lab.open('Transfer');
  await lab.slider('Scratch epochs').press('Home');
  await lab.run.click();
  await expect(lab.main.getByRole('slider', { name: 'Both on their way' })).toBeVisible({ timeout: 30_000 });
  await lab.expectResult();
  await expect(
    lab.main.getByText(/(Transfer brought [\d.]+ points|that can be luck|From scratch was better)/),
  ).toBeVisible();
  await lab.main.getByRole('link', { name: 'Run 2' }).click();
  await expect(lab.title('Train')).toBeVisible();
  await expect(lab.main.getByText('comparison').first()).toBeVisible();
  await lab.step('Evaluate').click();
  await expect(lab.main.getByText('Nothing trained yet')).toBeVisible(); // none that was asked for
});

for (const locale of ['en-US', 'ko-KR'] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('the lab has no serious fault for screen readers or contrast, in light and dark', async ({ app, page }) => {
      test.setTimeout(300_000); // five experiments, each examined twice
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.goto(app.url);
      const isKorean = locale === 'ko-KR';
      await page.getByRole('button', { name: isKorean ? '예제 사진으로 해 보기' : 'Try the sample set' }).click();
      await page
        .getByRole('navigation')
        .getByRole('link', { name: isKorean ? '실험실' : 'Lab' })
        .click();
      const tabs = page
        .getByRole('navigation', { name: isKorean ? '실험' : 'Experiments', exact: true })
        .getByRole('link');
      await expect(tabs).toHaveCount(6);
      for (let at = 0; at < 5; at++) {
        await tabs.nth(at).click();
        await page.getByRole('button', { name: isKorean ? '실행하기' : 'Run', exact: true }).click();
        await expect(page.getByRole('button', { name: isKorean ? '다시 실행하기' : 'Run again' })).toBeVisible({
          timeout: 60_000,
        });
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await seriousViolations(page), `experiment ${at}, ${colorScheme}`).toEqual([]);
        }
      }
    });
  });
}
