/**
 * A manifest on disk, as JSON lines: a header, then a line a picture, then a line a skipped file. It can be read as a
 * stream, by us or by any other tool.
 */
import { open } from 'node:fs/promises';
import { writeFileDurably } from '../../system/durable-file.ts';
import { z } from 'zod';
import { picture, skippedFile, split } from '../../contract/dataset.ts';
import { EngineError } from '../../contract/errors.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import type { SkippedFile } from '../../contract/dataset.ts';

const header = z.object({
  kind: z.literal('fovea-dataset'),
  version: z.literal(1),
  classes: z.array(z.string()),
  splitSource: z.enum(['folders', 'seed']),
  pictureCount: z.int(),
  skippedCount: z.int(),
});
const entry = picture.omit({ split: true }).extend({ folderSplit: split.nullable(), editedSplit: split.optional() });
const line = z.union([entry, skippedFile]);

/** Writes the file whole or not at all; it survives a power cut once this returns. */
export async function writeManifest(file: string, manifest: Manifest): Promise<void> {
  const { classes, entries, skipped, splitSource } = manifest;
  const head: z.infer<typeof header> = {
    kind: 'fovea-dataset',
    version: 1,
    classes: [...classes],
    splitSource,
    pictureCount: entries.length,
    skippedCount: skipped.length,
  };
  function* lines(): Generator<string> {
    yield `${JSON.stringify(head)}\n`;
    for (const item of entries) yield `${JSON.stringify(item)}\n`;
    for (const item of skipped) yield `${JSON.stringify(item)}\n`;
  }
  await writeFileDurably(file, lines());
}

/**
 * @throws EngineError `project/corrupt` if the file is missing, cut short or not a manifest of a known version.
 */
export async function readManifest(file: string): Promise<Manifest> {
  const entries: ManifestEntry[] = [];
  const skipped: SkippedFile[] = [];
  const classNames = new Map<string, string>(); // one text for all pictures of a class
  let head: z.infer<typeof header> | null = null;
  try {
    const handle = await open(file);
    try {
      for await (const text of handle.readLines()) {
        if (head === null) {
          head = header.parse(JSON.parse(text));
          for (const name of head.classes) classNames.set(name, name);
          continue;
        }
        const item = line.parse(JSON.parse(text));
        if (!('sha256' in item)) skipped.push(item);
        else entries.push({ ...item, className: classNames.get(item.className) ?? item.className });
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw corrupt(file, error);
  }
  if (head === null || entries.length !== head.pictureCount || skipped.length !== head.skippedCount) {
    throw corrupt(file, null);
  }
  return { classes: head.classes, entries, skipped, splitSource: head.splitSource };
}

function corrupt(file: string, cause: unknown): EngineError {
  return new EngineError(
    'project/corrupt',
    `The list of pictures ${file} is missing, cut short or of another version. Scan the folder again.`,
    { file },
    { cause },
  );
}
