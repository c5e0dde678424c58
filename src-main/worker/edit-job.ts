import { randomUUID } from 'node:crypto';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import { applyEdits } from '../engine/dataset/edits.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { planEdit, type PlannedEdit } from '../engine/dataset/plan-edit.ts';
import { describeEdited, writeEdited } from './edited-files.ts';

export async function editJob({ manifestFile, request, edited, config }: JobOf<'edit'>): Promise<JobResults['edit']> {
  const { edits, ...files } = edited;
  const manifest = await readManifest(manifestFile);
  const { edit, changedCount, after }: PlannedEdit =
    request === null
      ? { edit: null, changedCount: 0, after: applyEdits(manifest, edits) }
      : planEdit(manifest, edits, request, `added/${randomUUID()}`);
  if (request !== null && edit === null) return { edit, changedCount, dataset: describeEdited(after, config) };
  const isEdited = edits.length > 0 || edit !== null;
  return { edit, changedCount, dataset: await writeEdited(after, { ...files, isEdited }, config) };
}
