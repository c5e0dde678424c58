/** What a run consists of on the disk: `<project>/runs/<id>/`. */
import { join } from 'node:path';
import { z } from 'zod';
import { trainConfig } from '../contract/training.ts';

export interface RunPlace {
  readonly id: string;
  readonly projectId: string;
  readonly folder: string;
}

/** `config.json`: what a run was started with. */
export const runFile = z.object({
  version: z.literal(1),
  number: z.int(),
  /** What the user calls it. */
  name: z.string().nullable().default(null),
  createdAt: z.iso.datetime(),
  isComparison: z.boolean().default(false),
  config: trainConfig,
  /** The folder that the pictures of the run's `dataset.jsonl` are relative to. */
  folder: z.string(),
  /** Ids of those of its classes whose name, when it was started, was another. */
  classIds: z.array(z.object({ name: z.string(), id: z.string() })).default([]),
});
export type RunFile = z.infer<typeof runFile>;

/** Its pictures, as they were when it was started. */
export const MANIFEST_FILE = 'dataset.jsonl';

/** Where fine-tuning keeps how far it is. */
export const CHECKPOINT_FILE = 'checkpoint.bin';

/** All that it has told. */
export function eventsFile({ folder }: RunPlace): string {
  return join(folder, 'events.jsonl');
}
