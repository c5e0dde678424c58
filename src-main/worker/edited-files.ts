import type { ListedPicture } from '../contract/dataset.ts';
import type { EditedDataset, EditedFiles, SplitConfig } from '../contract/jobs.ts';
import { listPictures, type Edited } from '../engine/dataset/edits.ts';
import { writeManifest } from '../engine/dataset/manifest-file.ts';
import { summarise } from '../engine/dataset/summary.ts';
import { writeFileDurably } from '../system/durable-file.ts';

/** Writes what edits make of a dataset, and says what it is. */
export async function writeEdited(
  edited: Edited,
  files: Omit<EditedFiles, 'edits'> & { readonly isEdited: boolean },
  config: SplitConfig,
): Promise<EditedDataset> {
  if (files.isEdited) await writeManifest(files.manifestFile, edited.manifest);
  await writeFileDurably(files.picturesFile, linesOf(listPictures(edited, config)));
  return describeEdited(edited, config);
}

export function describeEdited(edited: Edited, config: SplitConfig): EditedDataset {
  const { manifest, entries, classNames, gone } = edited;
  const excludedCount = entries.length - manifest.entries.length;
  return { summary: summarise(manifest, config, excludedCount), classNames, gone };
}

function* linesOf(pictures: Iterable<ListedPicture>): Generator<string> {
  for (const picture of pictures) yield `${JSON.stringify(picture)}\n`;
}
