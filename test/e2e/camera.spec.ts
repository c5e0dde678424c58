import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import { makeFolder } from './folders.ts';

test.use({
  permissions: ['camera'],
  launchOptions: async ({ launchOptions }, use) => {
    const fake = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
    await use({ ...launchOptions, args: [...(launchOptions.args ?? []), ...fake] });
  },
});

test('holding the button takes a burst, which joins the class', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3 }));
  await data.chooseOfClass('cats', 'Use the camera');
  const camera = page.getByRole('dialog', { name: 'Take pictures with the camera' });
  await expect(camera.getByLabel('Class')).toHaveValue('cats');
  const hold = camera.getByRole('button', { name: 'Hold to take pictures' });
  await expect(hold).toBeEnabled();
  await hold.hover();
  await page.mouse.down();
  await expect.poll(() => camera.getByRole('listitem').count()).toBeGreaterThan(2);
  await page.mouse.up();
  expect(await seriousViolations(page)).toEqual([]);
  await camera.getByRole('button', { name: 'Remove picture 1', exact: true }).click();
  const shots = await camera.getByRole('listitem').count();
  await camera.getByRole('button', { name: `Add ${shots} picture` }).click();
  await expect(data.main.getByText(`${6 + shots} pictures in 2 classes`)).toBeVisible();
  await expect(data.tiles('cats').first()).toBeVisible();
});

test('where the camera is refused the dialog says what to do', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3 }));
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await data.chooseOfClass('cats', 'Use the camera');
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('The camera was not allowed');
});
