import { z } from 'zod';
import { downloadProgress } from './backbones.ts';
import { coachProposal, coachStep, coachStepName } from './coach.ts';
import { ERROR_CODES } from './errors.ts';
import { skippedFile } from './dataset.ts';
import { diagnosticsRecord } from './diagnostics.ts';
import { exportReport, exportResult, runCost, trainReport } from './results.ts';
import { backend, exportFormat } from './training.ts';

/** The stages of a run, in their order. */
export const STAGES = ['read', 'features', 'train', 'evaluate', 'export'] as const;
export const stage = z.enum(STAGES);
export type Stage = z.infer<typeof stage>;

const wireError = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** Whether the head alone learned, or the backbone with it. */
const phase = z.enum(['head', 'tune']);

/** What a worker reports while it works. */
export const workerEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('backend'), backend, backbone: z.string() }),
  /** What the run has to do, before it does it. */
  z.object({ type: z.literal('cost'), cost: runCost }),
  z.object({ type: z.literal('stage'), stage, total: z.int().nullable() }),
  z.object({ type: z.literal('progress'), stage, done: z.int(), total: z.int() }),
  z.object({ type: z.literal('skipped'), file: skippedFile }),
  z.object({
    type: z.literal('epoch'),
    /** Counted through both phases. */
    epoch: z.int(),
    of: z.int(),
    trainLoss: z.number(),
    trainAccuracy: z.number(),
    validationLoss: z.number(),
    validationAccuracy: z.number(),
    learningRate: z.number(),
    /** Whether this epoch is the best so far, by validation loss. */
    isBest: z.boolean(),
    phase: phase.default('head'),
    /** Class numbers that it gives to the pictures of `watched`, in their order; absent in runs of an earlier Fovea. */
    predicted: z.array(z.int()).optional(),
  }),
  /** Validation pictures whose predictions each epoch tells: all of few, else some from all over the split. */
  z.object({
    type: z.literal('watched'),
    classes: z.array(z.string()),
    /** `truth` is a class number. */
    pictures: z.array(z.object({ id: z.string(), truth: z.int() })),
  }),
  diagnosticsRecord.extend({ type: z.literal('diagnostics'), phase }),
  /** Of several formats, which one is written; `progress` then tells of the pictures that check them all. */
  z.object({ type: z.literal('writing'), format: exportFormat, number: z.int(), of: z.int() }),
  z.object({ type: z.literal('exported'), report: exportReport }),
  /** Of a backbone that is added. */
  downloadProgress,
  /** Of a coach, or of a long run, which it examines first: a step begins, a step has ended. */
  z.object({ type: z.literal('coach-start'), step: coachStepName }),
  z.object({ type: z.literal('coach-step'), step: coachStep }),
  /** Of a run: the coach has examined it, and it goes on with its settings as they are. */
  z.object({ type: z.literal('coach-end'), proposal: coachProposal }),
]);
export type WorkerEvent = z.infer<typeof workerEvent>;

/** How an export goes on; `finished` comes last, unless it fails. */
export const exportEvent = z.discriminatedUnion('type', [
  /** The format's turn, from 1. */
  z.object({ type: z.literal('writing'), format: exportFormat, number: z.int(), of: z.int() }),
  /** Pictures that have been run through all files. */
  z.object({ type: z.literal('checking'), done: z.int(), total: z.int() }),
  /** It lies in its place. */
  z.object({ type: z.literal('exported'), report: exportReport }),
  exportResult.extend({ type: z.literal('finished') }),
]);
export type ExportEvent = z.infer<typeof exportEvent>;

/**
 * How a run stands. `paused`: the user wished so; `interrupted`: the app ended while it ran; `failed`: it broke off. All three can be resumed,
 * as the same run.
 */
export const runStatus = z.enum(['queued', 'running', 'paused', 'finished', 'stopped', 'failed', 'interrupted']);
export type RunStatus = z.infer<typeof runStatus>;

/** Ends of a run, or of a sitting of it, added by the studio. */
export const runEndEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('finished'), stoppedEarly: z.boolean(), report: trainReport }),
  z.object({ type: z.literal('failed'), error: wireError }),
  z.object({ type: z.literal('cancelled') }),
  z.object({ type: z.literal('paused') }),
]);

/** Added by the studio when a run that had ended with `paused` or `failed` is put into the queue again: that end no longer holds. */
const runResumedEvent = z.object({ type: z.literal('resumed') });

/**
 * One line of a run's `events.jsonl`: numbered from 1 without gaps, so that a reader can go on where it stopped. Behind `resumed` the stages
 * are gone through again; epochs go on behind the last that was told, each once.
 */
export const runEvent = z.object({
  seq: z.int(),
  /** Milliseconds that the run has taken so far, over all sittings; what lies between them does not count. */
  atMs: z.number(),
  event: z.union([workerEvent, runEndEvent, runResumedEvent]),
});
export type RunEvent = z.infer<typeof runEvent>;
