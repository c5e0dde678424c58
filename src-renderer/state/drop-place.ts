import type { DatasetSummary } from '../../src-main/contract/dataset.ts';
import type { Client } from '../client/client.ts';
import { folderOfClass, parentOfClass } from '../lib/import-plan.ts';
import type { ImportTarget } from './import.svelte.ts';

/**
 * Where pictures go that join a project: into the folder of a class they were dropped on, or beside the classes that
 * are there. A training picture of that class that was not edited shows where its folder lies.
 *
 * @param className  null where they were not dropped on a class.
 */
export async function placeInProject(
  client: Client,
  projectId: string,
  dataset: DatasetSummary,
  className: string | null,
): Promise<ImportTarget> {
  const known = className ?? dataset.classes[0]?.name;
  if (known === undefined) return { projectId };
  const filter = { className: known, split: 'training', isEdited: false } as const;
  const { pictures } = await client.dataset.pictures({ projectId, ...filter, limit: 1 });
  const path = pictures[0]?.path ?? '';
  const isSplitByFolders = dataset.splitSource === 'folders';
  return {
    projectId,
    place: {
      classFolder: className === null ? null : (folderOfClass(path, className) ?? className),
      newClassParent: className === null && isSplitByFolders ? parentOfClass(path, known) : '',
    },
  };
}
