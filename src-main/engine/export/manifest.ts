import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ExportFormat } from '../../contract/training.ts';
import type { Classifier } from '../network/classifier.ts';
import type { ExportFile } from './export-file.ts';
import { measuredOf } from './measured.ts';
import type { Target } from './target.ts';
import type { Check } from './verify.ts';

export const MANIFEST_FILE = 'export.json';

const listedFile = z.object({ name: z.string(), bytes: z.int(), sha256: z.string() });
export type ListedFile = z.infer<typeof listedFile>;

/** What a later export needs of an earlier one's manifest: which files are its own. */
const earlierManifest = z.object({ files: z.array(listedFile) });

/** A file as the manifest lists it. */
export function listFile({ name, content }: ExportFile): ListedFile {
  const bytes = Buffer.from(content);
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

interface Facts {
  readonly classifier: Classifier;
  readonly format: ExportFormat;
  readonly target: Target;
  readonly check: Check;
  /** Of this Fovea. */
  readonly version: string;
  /** All others of the folder. */
  readonly files: readonly ListedFile[];
}

/** export.json, for programs: what lies in the folder, byte for byte, how good it is and how it was checked. */
export function manifest({ classifier, format, target, check, version, files }: Facts): ExportFile {
  const { backbone, licence, imageSize, labels } = classifier;
  const content = {
    format,
    ...target.facts,
    madeWith: { name: 'Fovea', version },
    model: { classCount: labels.length, backbone, licence, imageSize, input: target.input },
    accuracy: measuredOf(classifier),
    check: { runtime: target.words.runtime, ...check },
    files: files.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
  return { name: MANIFEST_FILE, content: `${JSON.stringify(content, null, 2)}\n` };
}

/** The files that an export wrote, by its manifest; none where that is no manifest. */
export function filesOf(text: string): readonly ListedFile[] {
  try {
    return earlierManifest.safeParse(JSON.parse(text)).data?.files ?? [];
  } catch {
    return []; // of another program, or of the user's
  }
}
