import { skipReasons } from '../../contract/skip-reasons.ts';
import type { Picture, SkippedFile, Split } from '../../contract/dataset.ts';
import type { Layout } from './layout.ts';
import { compareNames, hasPictureName } from './names.ts';

/** A usable picture; `folderSplit` is what the folders say it is for. */
export interface ManifestEntry extends Omit<Picture, 'split'> {
  readonly folderSplit: Split | null;
  /** What an edit says it is for, whatever the folders say. */
  readonly editedSplit?: Split | undefined;
}

/** What lies in a folder of pictures. A function of the folder's content alone. */
export interface Manifest {
  /** Unicode NFC, in code point order. A class whose pictures all turned out unusable stays, with no entry. */
  readonly classes: readonly string[];
  /** In the order of their paths. */
  readonly entries: readonly ManifestEntry[];
  /** Every other file, and every folder without pictures, in the order of their paths. */
  readonly skipped: readonly SkippedFile[];
  readonly splitSource: 'folders' | 'seed';
}

function isEntry(finding: ManifestEntry | SkippedFile): finding is ManifestEntry {
  return 'sha256' in finding;
}

/**
 * Settles which folders are classes, now that their files are known.
 *
 * @param findings  one for each member of the layout, in its order.
 * @param unwalked  what the walk left out.
 */
export function assemble(
  layout: Layout,
  findings: readonly (ManifestEntry | SkippedFile)[],
  unwalked: readonly SkippedFile[],
): Manifest {
  const skipped: SkippedFile[] = [...unwalked, ...layout.skipped];
  const classes = new Set<string>();
  const folderHasFiles = new Set<string>();
  const folderHasPictures = new Set<string>();
  const folderOf = classFolderFinder(layout);
  findings.forEach((finding, index) => {
    const folder = folderOf(finding.path);
    folderHasFiles.add(folder);
    if (!isEntry(finding) && !hasPictureName(finding.path)) return;
    folderHasPictures.add(folder);
    const member = layout.members[index];
    // What is learned is what the training folder holds, where there is one.
    if (member && (member.folderSplit === null || member.folderSplit === 'training')) classes.add(member.className);
  });
  for (const { path } of layout.classFolders) {
    if (folderHasPictures.has(path)) continue;
    skipped.push({ path, reason: skipReasons.say(folderHasFiles.has(path) ? 'no-pictures' : 'empty-folder') });
  }
  const entries: ManifestEntry[] = [];
  for (const finding of findings) {
    if (!isEntry(finding)) skipped.push(finding);
    else if (classes.has(finding.className)) entries.push(finding);
    else
      skipped.push({
        path: finding.path,
        reason: skipReasons.say('untrained-class', { className: finding.className }),
      });
  }
  return {
    classes: [...classes].sort(compareNames),
    entries,
    skipped: skipped.sort((a, b) => (a.path < b.path ? -1 : 1)),
    splitSource: layout.splitSource,
  };
}

function classFolderFinder({ classFolders }: Layout): (path: string) => string {
  const depth = classFolders[0]?.path.split('/').length ?? 1; // all lie equally deep
  return (path) => path.split('/').slice(0, depth).join('/');
}
