import { rm } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { createFakeProject } from '../helpers/fake-project.ts';
import { startTestServer } from '../helpers/server.ts';

afterEach(() => vi.unstubAllEnvs());

test('the pictures of a project are measured as they were asked for, and at 32 pixels if nothing is said', async () => {
  const { client } = await startTestServer();
  const { projectId } = await createFakeProject(client);
  expect(await client.lab.preprocessing({ projectId })).toMatchObject({ imageCount: 10, sizePx: 32 });
  const shown = await client.lab.preprocessing({ projectId, sizePx: 16, components: 3 });
  expect([shown.sizePx, shown.axes.components]).toEqual([16, [[128], [128], [128]]]);
});

test('a project without pictures, or whose folder is gone, is refused with the reason', async () => {
  const { client } = await startTestServer();
  const { id } = await client.projects.create({});
  await expect(client.lab.preprocessing({ projectId: id })).rejects.toMatchObject({ data: { code: 'dataset/empty' } });
  const { projectId, folder } = await createFakeProject(client);
  await rm(folder, { recursive: true });
  await expect(client.lab.preprocessing({ projectId })).rejects.toMatchObject({ data: { code: 'dataset/not-found' } });
});

test('sizes and counts out of range are refused before anything is read', async () => {
  const { client } = await startTestServer();
  const { projectId } = await createFakeProject(client);
  for (const wrong of [{ sizePx: 4 }, { sizePx: 65 }, { sizePx: 9.5 }, { components: 0 }, { components: 65 }]) {
    await expect(client.lab.preprocessing({ projectId, ...wrong })).rejects.toMatchObject({
      data: { code: 'setting/out-of-range' },
    });
  }
});

test.each(['depth', 'preprocessing'] as const)(
  'an experiment that nobody waits for any more (%s) makes room for what comes next',
  async (experiment) => {
    vi.stubEnv('FAKE_COMPUTE', 'slow');
    const { client } = await startTestServer();
    const { projectId } = await createFakeProject(client);
    const leaving = new AbortController();
    const shown = client.lab[experiment]({ projectId }, { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 300);
    await expect(shown).rejects.toThrow();
    vi.stubEnv('FAKE_COMPUTE', '');
    // Each takes the lane that the first would still hold, for it never ends by itself.
    if (experiment === 'depth') expect(await client.runs.propose({ projectId })).toMatchObject({ mode: 'head' });
    else expect(await client.lab.preprocessing({ projectId })).toMatchObject({ imageCount: 10 });
  },
);
