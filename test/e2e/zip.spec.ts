import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync, type Zippable } from 'fflate';
import { expect, test } from './app.ts';
import { makeFolder } from './folders.ts';

/** A zip file of the pictures of a folder, and of what else is given. */
async function makeZip(name: string, folder: string, more: Zippable = {}): Promise<string> {
  const files: Zippable = { ...more };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(folder.length + 1).replaceAll('\\', '/')] = await readFile(path);
  }
  const target = join(await mkdtemp(join(tmpdir(), 'fovea-e2e-')), name);
  await writeFile(target, zipSync(files, { level: 0 }));
  return target;
}

test('a zip file becomes a project: its folders are the classes, and what leads out of it is refused by name', async ({
  start,
  page,
}) => {
  const zip = await makeZip('pets.zip', await makeFolder('pets', { 고양이: 3, dogs: 4 }), {
    '../../outside.jpg': new Uint8Array(10),
    '__MACOSX/dogs/._1.jpg': new Uint8Array(10),
  });
  await page.getByTestId('zip-input').setInputFiles(zip);
  await expect(start.main.getByText('7 pictures in 2 classes')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Project pets' })).toBeVisible();
  await start.main.getByText('1 picture could not be copied').click();
  await expect(start.main.getByText(/^\.\.\/\.\.\/outside\.jpg: Its path leads out of the zip file/)).toBeVisible();
});

test('a file that only looks like a zip file is refused in words', async ({ start, page }) => {
  const target = join(await mkdtemp(join(tmpdir(), 'fovea-e2e-')), 'broken.zip');
  await writeFile(target, 'no zip file');
  await page.getByTestId('zip-input').setInputFiles(target);
  await expect(start.main.getByRole('alert')).toContainText('broken.zip cannot be read as a zip file');
});
