import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SILENT_LOG } from '../../../src-main/studio/log.ts';
import { MediaProcess } from '../../../src-main/studio/media-process.ts';
import { FAKE_WORKERS, temporaryFolder } from '../../helpers/server.ts';

async function openMedia(worker = FAKE_WORKERS.media) {
  const folder = await temporaryFolder();
  const media = new MediaProcess(worker, SILENT_LOG);
  onTestFinished(() => media.close());
  const make = (name: string, signal?: AbortSignal) =>
    media.make({ sourceFile: join(folder, name), targetFile: join(folder, `${name}.webp`), sizePx: 128 }, signal);
  const tries = async (name: string) => (await readFile(join(folder, `${name}.tries`), 'utf8')).length;
  return { media, make, tries };
}

const settled = (results: PromiseSettledResult<void>[]) => results.map(({ status }) => status);

test('a picture that crashes its reader is told from those beside it, which are made all the same', async () => {
  const { make, tries } = await openMedia();
  const names = ['slow-1', 'crash', 'slow-2', 'good-1', 'good-2', 'good-3'];
  const results = await Promise.allSettled(names.map((name) => make(name)));
  expect(settled(results)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect(results[1]).toMatchObject({
    reason: { code: 'image/unreadable', message: expect.stringMatching(/crash.*SIGSEGV/) as string },
  });
  expect(await tries('crash')).toBeLessThanOrEqual(2);
});

test('a refused picture says why and costs no restart', async () => {
  const { make } = await openMedia();
  await expect(make('broken')).rejects.toMatchObject({
    code: 'image/unreadable',
    message: 'The picture is truncated.',
  });
  await make('good');
});

test('a reader that cannot run at all is no fault of the picture', async () => {
  const { make } = await openMedia();
  await expect(make('missing-package')).rejects.not.toMatchObject({ code: 'image/unreadable' });
  await make('good');
});

test('who has left the queue is not served', async () => {
  const { make, tries } = await openMedia();
  const others = ['slow-1', 'slow-2', 'slow-3', 'slow-4'].map((name) => make(name));
  const left = new AbortController();
  const late = make('late', left.signal);
  left.abort();
  await expect(late).rejects.toMatchObject({ code: 'run/cancelled' });
  await Promise.all(others);
  await expect(tries('late')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a missing worker program is an answer, not a wait', async () => {
  const { make } = await openMedia('/nowhere/media.js');
  await expect(make('good')).rejects.toThrow('npm run build');
});
