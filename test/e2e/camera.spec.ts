import { expect, test } from './app.ts';
import { seriousViolations } from './axe.ts';
import { makeFolder } from './folders.ts';

test.use({
  permissions: ['camera'],
  launchOptions: async ({ launchOptions }, use) => {
    const fake = ['--use-fake-ui-for-media-stream'];
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

test('of several cameras one is chosen, by name, and chosen again the next time', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3 }));
  const used = () =>
    page.locator('video').evaluate((video) => {
      const { srcObject } = video as HTMLVideoElement;
      return (srcObject as MediaStream | null)?.getVideoTracks()[0]?.label ?? null;
    });
  await data.chooseOfClass('cats', 'Use the camera');
  const dialog = page.getByRole('dialog');
  const cameras = dialog.getByRole('combobox', { name: 'Camera' });
  const names = await cameras.getByRole('option').allTextContents();
  expect(names).toHaveLength(2);
  const other = names.find((name) => !name.startsWith('fake_device_0')) ?? '';
  await cameras.selectOption({ label: other });
  await expect.poll(used).toBe(other);
  await page.keyboard.press('Escape');
  await page.reload();
  await data.chooseOfClass('cats', 'Use the camera');
  await expect.poll(used).toBe(other);
  await expect(cameras.locator('option:checked')).toHaveText(other);
});

test('where the camera is refused the dialog says what to do', async ({ start, page }) => {
  const data = await start.chooseFolder(await makeFolder('pets', { cats: 3, dogs: 3 }));
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await data.chooseOfClass('cats', 'Use the camera');
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('The webcam may not be used');
});
