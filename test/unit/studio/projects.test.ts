import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SILENT_LOG } from '../../../src-main/studio/log.ts';
import { Projects } from '../../../src-main/studio/projects.ts';
import { temporaryFolder } from '../../helpers/server.ts';

async function openProjects(): Promise<{ folder: string; projects: Projects }> {
  const folder = await temporaryFolder();
  const projects = new Projects(folder, SILENT_LOG);
  await projects.open();
  return { folder, projects };
}

test('a project is found again by another session, whatever its name', async () => {
  const { folder, projects } = await openProjects();
  const name = '../개미와 벌 🐝 "quoted"';
  const made = await projects.create(name);
  expect(made).toMatchObject({ name, source: { kind: 'none', folder: null }, imageCount: null, problem: null });
  expect(await new Projects(folder, SILENT_LOG).get(made.id)).toEqual(made);
  expect(await readdir(folder)).toEqual([made.id]);
});

test.each([
  ['not JSON', '{"format": "fovea-pro', /it is not JSON/],
  ['an empty file, as a power loss leaves it', '', /it is not JSON/],
  ['zeros', '\0\0\0\0', /it is not JSON/],
  ['another shape', '{"format":"fovea-project","version":1,"name":7}', /cannot be read as a project.*name/],
  ['a newer format', '{"format":"fovea-project","version":2}', /newer Fovea.*format 2.*reads format 1/],
])('a project file that holds %s is listed as broken and the others stay', async (_, text, words) => {
  const { folder, projects } = await openProjects();
  const good = await projects.create('good');
  const broken = await projects.create('broken');
  await writeFile(join(folder, broken.id, 'fovea.json'), text);
  const list = await projects.list();
  expect(list.find(({ id }) => id === good.id)).toEqual(good);
  expect(list.find(({ id }) => id === broken.id)?.problem).toEqual({
    code: 'project/corrupt',
    message: expect.stringMatching(words) as string,
  });
  await expect(projects.get(broken.id)).rejects.toMatchObject({ code: 'project/corrupt' });
  await projects.remove(broken.id);
  expect(await projects.list()).toEqual([good]);
});

test.each(['..', '../projects', 'a/b', '', 'A', 'x'.repeat(65), '.unfinished-1', 'a\0b'])(
  'the id %j never becomes part of a path',
  async (id) => {
    const { projects } = await openProjects();
    expect(() => projects.folderOf(id)).toThrow(expect.objectContaining({ code: 'project/not-found' }));
  },
);

test('changes made at once are all kept', async () => {
  const { projects } = await openProjects();
  const { id } = await projects.create();
  await Promise.all([
    projects.update(id, () => ({ imageCount: 5 })),
    projects.update(id, () => ({ lastAccuracy: 0.5 })),
    projects.update(id, () => ({ name: 'both' })),
  ]);
  expect(await projects.get(id)).toMatchObject({ imageCount: 5, lastAccuracy: 0.5, name: 'both' });
});

test('what was cut off while it was made or removed is cleared away at the next start', async () => {
  const { folder, projects } = await openProjects();
  const { id } = await projects.create();
  await mkdir(join(folder, '.unfinished-abc', 'runs'), { recursive: true });
  await projects.open();
  expect(await readdir(folder)).toEqual([id]);
});

test('removing a project leaves the folder that it referenced', async () => {
  const { projects } = await openProjects();
  const pictures = await temporaryFolder();
  await writeFile(join(pictures, 'a.jpg'), 'mine');
  const { id } = await projects.create();
  await projects.update(id, () => ({ source: { kind: 'folder', folder: pictures } }));
  await projects.remove(id);
  expect(await readFile(join(pictures, 'a.jpg'), 'utf8')).toBe('mine');
  await expect(projects.remove(id)).rejects.toMatchObject({ code: 'project/not-found' });
});
