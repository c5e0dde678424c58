/** What `fovea serve-model` answers over HTTP, and what its server and the process with the model say to each other. */
import { z } from 'zod';
import { ERROR_CODES, type WireError } from './errors.ts';

const probabilities = z
  .record(z.string(), z.number().min(0).max(1))
  .describe('By class name. All classes, or the most probable ones where the server was started with --top');

const prediction = z.object({
  file: z.string().nullable().describe('Name of the file in the form; null for a raw body'),
  predicted: z.string().describe('The most probable class'),
  probabilities,
  milliseconds: z.number().min(0).describe('From when the picture had arrived to its answer, waiting included'),
});
export type ServedPrediction = z.infer<typeof prediction>;

const skipped = z.object({
  file: z.string().nullable(),
  code: z.enum(ERROR_CODES),
  message: z.string().describe('Why this picture has no answer'),
});
export type SkippedPicture = z.infer<typeof skipped>;

export const predictAnswer = z.object({
  model: z.string().describe('Name of the model’s folder'),
  predictions: z.array(prediction).describe('In the order in which the pictures were sent'),
  skipped: z.array(skipped).describe('Pictures that could not be read; they do not harm the others'),
});

/** RFC 9457, with Fovea's own code beside it. */
export const problem = z.object({
  type: z.literal('about:blank'),
  title: z.string().describe('What the status means'),
  status: z.int(),
  detail: z.string().describe('What was received, what was expected, how to fix it'),
  code: z.enum(ERROR_CODES),
  skipped: z.array(skipped).optional().describe('Where no picture of a request could be read: each with its reason'),
});
export type ProblemBody = z.infer<typeof problem>;

export const labelsAnswer = z.object({ labels: z.array(z.string()).describe('Class names, in the model’s order') });

export const healthAnswer = z.object({
  status: z.enum(['ok', 'ending']),
  model: z.string(),
  underWay: z.int().min(0).describe('Requests that are read, wait or are classified now'),
});

/** What the process says of the model that it has opened. */
export interface ServedModel {
  readonly labels: readonly string[];
  readonly backbone: string;
  /** "ONNX Runtime 1.30.0 (CPU)" */
  readonly engine: string;
}

/** Of one picture: `probabilities` in the order of the labels, or why it cannot be used. */
export type Verdict =
  { readonly ok: true; readonly probabilities: readonly number[] } | { readonly ok: false; readonly reason: string };

/** Server → classifying process. `open` comes first and once; batches may follow at once. */
export type ToClassifier =
  | { readonly type: 'open'; readonly modelFolder: string }
  | { readonly type: 'classify'; readonly batchId: number; readonly pictures: readonly Uint8Array[] };

/** Classifying process → server. */
export type FromClassifier =
  | { readonly type: 'opened'; readonly model: ServedModel }
  | { readonly type: 'not-opened'; readonly error: WireError; readonly stack: string | null }
  | { readonly type: 'classified'; readonly batchId: number; readonly verdicts: readonly Verdict[] }
  | { readonly type: 'failed'; readonly batchId: number; readonly error: WireError; readonly stack: string | null };
