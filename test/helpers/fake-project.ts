import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TestClient } from './server.ts';

/** A project of two classes, `a` and `b`, of five files each: empty ones, since workers that stand in read none. */
export async function createFakeProject(client: TestClient): Promise<{ projectId: string; folder: string }> {
  const folder = await temporaryFolder();
  for (const name of ['a', 'b']) {
    await mkdir(join(folder, name));
    for (let index = 0; index < 5; index++) await writeFile(join(folder, name, `${index}.jpg`), '');
  }
  const { id: projectId } = await client.projects.create({});
  await client.dataset.useFolder({ projectId, folder });
  return { projectId, folder };
}
