import { createHash } from 'node:crypto';
import type { Split } from '../../src-main/contract/dataset.ts';
import type { Manifest, ManifestEntry } from '../../src-main/engine/dataset/manifest.ts';

/** The hash that a picture of this content has. */
export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A picture `<class>/<content>.jpg`, whose id is its path; `<content>#2` is a copy of it. */
export function pictureOf(className: string, name: string, folderSplit: Split | null = null): ManifestEntry {
  const path = `${className}/${name}.jpg`;
  const facts = { width: 9, height: 9, orientation: 1, sizeBytes: 9 };
  return { id: path, path, className, folderSplit, ...facts, sha256: hashOf(name.split('#')[0] ?? '') };
}

/** Classes with the pictures in them. */
export function manifestOf(pictures: Readonly<Record<string, readonly string[]>>): Manifest {
  const entries = Object.entries(pictures).flatMap(([className, names]) =>
    names.map((name) => pictureOf(className, name)),
  );
  return { classes: Object.keys(pictures).sort(), entries, skipped: [], splitSource: 'seed' };
}
