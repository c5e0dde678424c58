import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { augmentationPreview, MAX_PREVIEW_EPOCHS } from './augment.ts';
import { addEvent, backboneChoice, backboneOrder } from './backbones.ts';
import { MOST_SEEDS, proposal, transferReport } from './choosing.ts';
import { coachReport, coachStep, coachStepName } from './coach.ts';
import { classSummary, datasetSummary, listedPicture, pictureFilter, skippedFile } from './dataset.ts';
import { copyOrder, copyReport, editHistory, editRequest, editResult } from './edits.ts';
import { ERROR_CODES } from './errors.ts';
import { exportEvent, runEvent, runStatus, stage } from './events.ts';
import { curveOptions, curveResult } from './lab/activation-curves.ts';
import { depthOptions, depthResult } from './lab/depth.ts';
import { dropoutOptions, dropoutResult } from './lab/dropout.ts';
import { penaltyOptions, penaltyResult } from './lab/penalties.ts';
import { preprocessingOptions, preprocessingResult } from './lab/preprocessing.ts';
import { folderPrediction } from './predictions.ts';
import { evaluation, exportReport, runCosts, trainReport, ttaReport } from './results.ts';
import { ttaSettings } from './test-time-augmentation.ts';
import { backend, DEFAULT_TRAIN_CONFIG, exportFormat, trainConfig } from './training.ts';

/**
 * The one typed door between the studio and everything that shows it: the page, the shell, the tests.
 * Failures carry `data.code` from `errors.ts`; see `errorData`.
 */
export const errorData = z.object({ code: z.string(), details: z.record(z.string(), z.unknown()) });

const base = oc.errors({ FAILED: { status: 422, data: errorData } });

const projectId = z.string().regex(/^[a-z0-9-]{1,64}$/);
const runId = z.string().regex(/^[a-z0-9-]{1,64}$/);

const problem = z.object({ code: z.enum(ERROR_CODES), message: z.string() });

export const projectSummary = z.object({
  id: projectId,
  name: z.string(),
  createdAt: z.iso.datetime(),
  /** Where the pictures lie: a folder of the user's, or the project's own copy of what a browser uploaded. */
  source: z.object({ kind: z.enum(['folder', 'upload', 'sample', 'none']), folder: z.string().nullable() }),
  imageCount: z.int().nullable(),
  lastAccuracy: z.number().nullable(),
  /** Why the project cannot be opened; null when it can. The list shows such a project, so that it can be removed. */
  problem: problem.nullable(),
});
export type ProjectSummary = z.infer<typeof projectSummary>;

export const runSummary = z.object({
  id: runId,
  projectId,
  number: z.int(),
  /** What the user calls it; null: nothing but its number. */
  name: z.string().nullable(),
  /** Trained to be compared with another, not to be used: it is never the latest that a screen or the next run starts from. */
  isComparison: z.boolean(),
  status: runStatus,
  config: trainConfig,
  createdAt: z.iso.datetime(),
  report: trainReport.nullable(),
  /** Why it failed or was interrupted; null otherwise. */
  problem: problem.nullable(),
});
export type RunSummary = z.infer<typeof runSummary>;

/** How the coach of a project stands. There is one at a time; its last report stays until the next is started. */
export const coachState = z.object({
  status: runStatus,
  /** The settings that are examined. */
  config: trainConfig,
  startedAt: z.iso.datetime(),
  /** What goes on before the first step; null otherwise. */
  progress: z.object({ stage, done: z.int(), total: z.int() }).nullable(),
  /** The step that goes on; null between steps and at the end. */
  running: coachStepName.nullable(),
  /** Those that have ended. */
  steps: z.array(coachStep),
  /** Null until all steps have ended. */
  report: coachReport.nullable(),
  /** Why it failed or was interrupted; null otherwise. */
  problem: problem.nullable(),
});
export type CoachState = z.infer<typeof coachState>;

/** The two runs of one seed, by id. */
const transferPair = z.object({ transfer: runId, scratch: runId });
export type RunPair = z.infer<typeof transferPair>;

export const appStatus = z.object({
  version: z.string(),
  /** Null until the first probe has ended. */
  backend: backend.nullable(),
  /** Why the probe found none; null otherwise. */
  backendProblem: problem.nullable(),
  /** To choose from: those that are here, and those that set-up could not bring. */
  backbones: z.array(backboneChoice),
  dataFolder: z.string(),
});
export type AppStatus = z.infer<typeof appStatus>;

/** The activations that are kept of pictures, so that a second run is quick. They can be made again. */
export const cacheState = z.object({ folder: z.string(), sizeBytes: z.number(), limitBytes: z.number() });
export type CacheState = z.infer<typeof cacheState>;

export const contract = {
  app: {
    status: base.output(appStatus),
    cache: base.output(cacheState),
    /** Removes what no run is using, and says what is left. */
    clearCache: base.output(cacheState),
  },
  backbones: {
    /** All that are known, those on request too. */
    list: base.output(z.array(backboneChoice)),
    /** Brings one; only its own address is contacted, and none where it is here already. Ends with `added`. */
    add: base.input(backboneOrder).output(eventIterator(addEvent)),
    /** Takes away one that the user has added. */
    remove: base.input(z.object({ id: z.string().min(1) })).output(z.object({})),
  },
  projects: {
    list: base.output(z.array(projectSummary)),
    create: base.input(z.object({ name: z.string().max(200).optional() })).output(projectSummary),
    get: base.input(z.object({ projectId })).output(projectSummary),
    rename: base.input(z.object({ projectId, name: z.string().min(1).max(200) })).output(projectSummary),
    remove: base.input(z.object({ projectId })).output(z.object({})),
    /** Makes a project of pictures that Fovea draws itself, so that a first run needs no data of one's own. */
    createSample: base.output(projectSummary),
  },
  dataset: {
    /** References a folder where it lies. `folder` is an absolute path on this machine. */
    useFolder: base.input(z.object({ projectId, folder: z.string().min(1) })).output(datasetSummary),
    /** Scans again: after an upload, or when files have changed. */
    scan: base.input(z.object({ projectId })).output(datasetSummary),
    summary: base.input(z.object({ projectId })).output(datasetSummary.nullable()),
    /**
     * The pictures as edits leave them, in the order of their paths, a page at a time. `total` counts all that the filter lets through.
     */
    pictures: base
      .input(
        pictureFilter.extend({
          projectId,
          offset: z.int().min(0).default(0),
          limit: z.int().min(1).max(500).default(100),
        }),
      )
      .output(z.object({ total: z.int(), pictures: z.array(listedPicture) })),
    /** The ids of all pictures that the filter lets through, for an edit of them all. */
    pictureIds: base.input(pictureFilter.extend({ projectId })).output(z.object({ pictureIds: z.array(z.string()) })),
    /**
     * Records an edit; the summary, the pictures and the next run show it at once. What was undone before can then no longer be redone.
     * Runs keep what they saw; a renamed class is called by its new name in them, too. Nothing is recorded where nothing would change.
     *
     * Fails with `dataset/picture-not-found`, `dataset/class-not-found` (also for `include` of pictures whose class was removed),
     * `dataset/bad-name`, `dataset/name-taken`, `dataset/last-class`, `dataset/empty` (nothing was scanned yet), `project/corrupt`
     * (the record of edits cannot be read), `project/read-only`, `storage/full`.
     */
    edit: base.input(z.object({ projectId, edit: editRequest })).output(editResult),
    /** Takes the last edit that is done back. Fails with `dataset/no-such-edit` where there is none. */
    undo: base.input(z.object({ projectId })).output(editResult),
    /** Does the edit again that was undone last. Fails with `dataset/no-such-edit` where there is none. */
    redo: base.input(z.object({ projectId })).output(editResult),
    /** What was edited, the newest first. */
    edits: base.input(z.object({ projectId, limit: z.int().min(1).max(1000).default(100) })).output(editHistory),
    /**
     * Writes the edited dataset to a folder of its own: it appears whole or not at all, and the user's pictures stay as they are.
     * Answers when it is done; ends, and leaves nothing, when nobody waits any more.
     *
     * Fails with `export/target-exists` (the folder holds something), `export/target-unwritable` (no full path, not writable, or inside
     * the folder of the pictures), `dataset/empty`, `storage/full`.
     */
    applyToCopy: base.input(copyOrder.extend({ projectId })).output(copyReport),
  },
  runs: {
    list: base.input(z.object({ projectId })).output(z.array(runSummary)),
    /** How many pictures of each class a run with these settings has for each purpose; starts nothing. */
    split: base
      .input(trainConfig.pick({ seed: true, validationFraction: true, testFraction: true }).extend({ projectId }))
      .output(z.array(classSummary)),
    /** What a run with these settings would cost; starts nothing. */
    estimate: base.input(z.object({ projectId, config: trainConfig })).output(runCosts),
    /** What the epochs of a run with these settings will see of a training picture; starts nothing. */
    previewAugmentation: base
      .input(
        z.object({
          projectId,
          pictureId: z.string().min(1).max(64),
          config: trainConfig,
          /** From 0. */
          startEpoch: z.int().min(0).max(100_000).default(0),
          epochCount: z.int().min(1).max(MAX_PREVIEW_EPOCHS).default(8),
        }),
      )
      .output(augmentationPreview),
    /**
     * Which backbone, mode and augmentation these pictures ask for, and why; starts no run. Backbones that are new to the pictures
     * are run over them first. `config` gives the split; its backbone and mode do not count.
     */
    propose: base
      .input(
        z.object({
          projectId,
          config: trainConfig.default(DEFAULT_TRAIN_CONFIG),
          /** That the run may take; absent: any. */
          secondsAvailable: z.number().positive().optional(),
        }),
      )
      .output(proposal),
    /**
     * "What did transfer bring?": queues, for each seed, a run with these settings and one from scratch on the same split.
     * Both are runs like any other, marked as comparisons; `compareTransfer` answers once they have finished.
     */
    startTransfer: base
      .input(
        z.object({
          projectId,
          config: trainConfig.default(DEFAULT_TRAIN_CONFIG),
          /** Seeds from `config.seed` on. */
          seedCount: z.int().min(1).max(MOST_SEEDS).default(1),
          /** Of the network from scratch; absent: `config.epochs`. */
          scratchEpochs: z.int().min(1).max(1000).optional(),
        }),
      )
      .output(z.object({ pairs: z.array(transferPair) })),
    /** Compares finished runs, pair by pair of the same seed and pictures. */
    compareTransfer: base
      .input(z.object({ projectId, pairs: z.array(transferPair).min(1).max(MOST_SEEDS) }))
      .output(transferReport),
    start: base.input(z.object({ projectId, config: trainConfig })).output(runSummary),
    /**
     * Ends the run soon and leaves it to be resumed; at once where it waits in the queue. Its events end with `paused`. Fine-tuning and networks
     * from scratch go on at the very batch; a run that is still reading, passing pictures through the backbone or training a head
     * does that again when it is resumed, which takes seconds since passes are stored. A run whose training is over finishes instead.
     */
    pause: base.input(z.object({ projectId, runId })).output(runSummary),
    /**
     * Puts a run that is paused, interrupted or failed into the queue again, also after a restart of the app. Its events go on behind those
     * that are there, and on the CPU its model is that of a run that nothing interrupted, byte for byte. Where a card was used, values
     * that are computed again may differ in their last digits from what was told before.
     */
    resume: base.input(z.object({ projectId, runId })).output(runSummary),
    /** An empty name takes the name away. */
    rename: base.input(z.object({ projectId, runId, name: z.string().trim().max(200) })).output(runSummary),
    /** Removes a run with its model, its exports inside the project and its heat maps; one that goes on is ended first. */
    remove: base.input(z.object({ projectId, runId })).output(z.object({})),
    /**
     * Ends the run soon and keeps its best epoch; a run without an epoch yet is cancelled. A paused run is given up: to keep its best epoch,
     * resume it and stop it then.
     */
    stop: base.input(z.object({ projectId, runId })).output(runSummary),
    get: base.input(z.object({ projectId, runId })).output(runSummary),
    /** Every event after number `after`, those of the past first; ends when the run does. */
    follow: base
      .input(z.object({ projectId, runId, after: z.int().min(0).default(0) }))
      .output(eventIterator(runEvent)),
    evaluation: base.input(z.object({ projectId, runId })).output(evaluation),
    /** Measures the run's headline split with test-time augmentation and without; answers when both are done. */
    evaluateTta: base
      .input(ttaSettings.extend({ projectId, runId }))
      .output(ttaReport.extend({ skipped: z.array(skippedFile) })),
    /**
     * Names what is in all pictures of a folder, an absolute path; progress first, the table last. It waits for the run that computes, and
     * whoever stops reading ends it. Single pictures, from a drop or a webcam, go to `POST /predict/<project>/<run>[?heatmap[=<class>]]`
     * instead, which answers at once with a `LivePrediction`; heat maps of the project's own pictures come from
     * `GET /heatmaps/<project>/<run>/<picture>.png[?class=<name>]`.
     */
    predictFolder: base
      .input(z.object({ projectId, runId, folder: z.string().min(1) }))
      .output(eventIterator(folderPrediction)),
  },
  /** Shows on the project's own pictures what settings do. Each takes seconds and keeps nothing; all but preprocessing wait
   *  for the run that computes. One that nobody waits for any more is cancelled. */
  lab: {
    activationCurves: base.input(curveOptions.extend({ projectId })).output(curveResult),
    /** Initialisation × activation × depth. */
    depth: base.input(depthOptions.extend({ projectId })).output(depthResult),
    /** L1 against L2. */
    penalties: base.input(penaltyOptions.extend({ projectId })).output(penaltyResult),
    /** Dropout as an ensemble. */
    dropout: base.input(dropoutOptions.extend({ projectId })).output(dropoutResult),
    /** What preprocessing does to the training pictures, scaled down to `sizePx` a side. */
    preprocessing: base.input(preprocessingOptions.extend({ projectId })).output(preprocessingResult),
  },
  coach: {
    /** Examines a run with these settings before it is started. One at a time in a project. */
    start: base.input(z.object({ projectId, config: trainConfig })).output(coachState),
    stop: base.input(z.object({ projectId })).output(coachState.nullable()),
    /** Null where no coach was ever asked. */
    get: base.input(z.object({ projectId })).output(coachState.nullable()),
    /** How it stands, at once and after each change; ends when the coach does. */
    follow: base.input(z.object({ projectId })).output(eventIterator(coachState)),
  },
  exports: {
    list: base.input(z.object({ projectId, runId })).output(z.array(exportReport)),
    /**
     * Writes the formats and checks each, with progress; the result comes last. Whoever stops reading ends it, and nothing half-written is
     * left. Fails before anything is written with `export/unsupported` (unless those are to be skipped), `export/target-exists` (the
     * folder holds an earlier export or other files: ask, then send it again with `overwrite`), `export/target-unwritable`, `storage/full`.
     */
    create: base
      .input(
        z.object({
          projectId,
          runId,
          formats: z.array(exportFormat).min(1),
          /** Full path; absent: the run's own folder, where an earlier export is replaced. */
          folder: z.string().optional(),
          overwrite: z.boolean().default(false),
          /** Leaves out formats that cannot hold the network and says which. */
          skipUnsupported: z.boolean().default(false),
          /** Adds a small copy of a validation picture of each class. */
          samplePictures: z.boolean().default(false),
          /** Full path of a folder whose pictures calibrate 8-bit formats; absent: training pictures of the run. */
          calibrationFolder: z.string().optional(),
        }),
      )
      .output(eventIterator(exportEvent)),
  },
};
