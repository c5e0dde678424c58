import { z } from 'zod';
import { coachSummary } from './coach.ts';
import { skippedFile } from './dataset.ts';
import { diagnosticsSummary } from './diagnostics.ts';
import { ERROR_CODES } from './errors.ts';
import { CROPS } from './test-time-augmentation.ts';
import { backend, exportFormat, MODES } from './training.ts';

const fraction = z.number().min(0).max(1);

/** Wilson score interval at 95 %. */
export const interval = z.object({ low: fraction, high: fraction });
export type Interval = z.infer<typeof interval>;

export const classMetrics = z.object({
  name: z.string(),
  imageCount: z.int(),
  /** Null where nothing was predicted as this class. */
  precision: fraction.nullable(),
  /** Null where no picture of this class was counted. */
  recall: fraction.nullable(),
  f1: fraction.nullable(),
});
export type ClassMetrics = z.infer<typeof classMetrics>;

export const prediction = z.object({
  id: z.string(),
  /** Relative to the dataset folder. */
  path: z.string(),
  truth: z.string(),
  predicted: z.string(),
  /** One per class, in the order of the classes; they sum to 1. */
  probabilities: z.array(z.number()),
});
export type Prediction = z.infer<typeof prediction>;

/** How well a model does on one split, and which pictures that counts. */
export const evaluation = z.object({
  split: z.enum(['training', 'validation', 'test', 'all']),
  classes: z.array(z.string()),
  imageCount: z.int(),
  accuracy: fraction,
  interval,
  /** True where the same pictures chose the best epoch, so that the figure leans to the good side. */
  choseBestEpoch: z.boolean(),
  perClass: z.array(classMetrics),
  /** Rows truth, columns prediction, in the order of `classes`. */
  confusion: z.array(z.array(z.int())),
  predictions: z.array(prediction),
});
export type Evaluation = z.infer<typeof evaluation>;

/** Some of the views, and what they are good for on the same pictures. */
export const viewPart = z.object({
  kind: z.enum(['scale', 'place', 'flip']),
  /** A scale in pixels; `corners` or `centre`; `unflipped` or `flipped`. */
  name: z.string(),
  /** Views a picture. */
  viewCount: z.int(),
  /** Accuracy with these views alone. */
  alone: fraction,
  /** Accuracy with all views but these. */
  without: fraction,
});
export type ViewPart = z.infer<typeof viewPart>;

/** What test-time augmentation brought on some pictures, beside the same pictures as they are, and what it cost. */
export const ttaReport = z.object({
  /** Of the averaged answers. */
  evaluation,
  /** With each picture as it is: one view, the centre crop. */
  plainAccuracy: fraction,
  scales: z.array(z.int()),
  crops: z.array(z.enum(CROPS)),
  /** Views a picture: scales times crops. */
  viewCount: z.int(),
  /** Pictures that were wrong and are right now. */
  fixedCount: z.int(),
  /** Pictures that were right and are wrong now. */
  brokenCount: z.int(),
  /** Exact two-sided McNemar test: how often chance alone would part the two counts so far or further. */
  pValue: fraction,
  /** Wall-clock of a picture, measured in this run. */
  secondsPerPicture: z.object({ plain: z.number(), tta: z.number() }),
  /** What each scale, place and flip adds; empty where there is but one of each. */
  parts: z.array(viewPart),
});
export type TtaReport = z.infer<typeof ttaReport>;

/** Everything that is measured of a model on a folder; `fovea evaluate --json` prints it with the members of `evaluation` at the top. */
export const evaluationReport = z.object({
  evaluation,
  skipped: z.array(skippedFile),
  /** Only where test-time augmentation was asked for. */
  tta: ttaReport.optional(),
});
export type EvaluationReport = z.infer<typeof evaluationReport>;

/** From this share of agreeing pictures on, a file is said to answer as the app does. */
export const TRUSTED_AGREEMENT = 0.99;

/** How many more pictures the app names rightly than an exported file, as a share; below 0 where the file is the better one. */
export const accuracyDrop = z.object({
  drop: z.number(),
  /** Tango's score interval at 95 %, for answers to the same pictures. */
  interval: z.object({ low: z.number(), high: z.number() }),
});
export type AccuracyDrop = z.infer<typeof accuracyDrop>;

/** What an 8-bit format is cut to the values of. */
export const calibration = z.object({
  pictureCount: z.int(),
  /** Pictures that were noted for it and could not be used: gone, changed or unreadable. */
  leftOutCount: z.int(),
});
export type Calibration = z.infer<typeof calibration>;

/** One exported format, and whether its file answers as the app does. */
export const exportReport = z.object({
  format: exportFormat,
  /** Folder that holds the files of this format, or the zip of them. */
  path: z.string(),
  /** All files of the format together; of a zip, that file. */
  bytes: z.int(),
  /** Pictures on which the reopened file and the app predict the same class; null where no picture could be run. */
  agreement: z.object({ same: z.int(), of: z.int() }).nullable(),
  /** Largest difference of a class probability over those pictures. */
  maxAbsDifference: z.number().nullable(),
  /** Validation pictures that could not check it: gone, changed or unreadable since the app used them. */
  uncheckedCount: z.int().optional(),
  /** Why the file was not run: nothing on this machine opens it. Such a file is never called verified. */
  notRun: z.string().optional(),
  /** Where the probabilities differ by more than rounding; null where the training did not note the true classes. */
  accuracyDrop: accuracyDrop.nullable().optional(),
  /** Why too few pictures agree: its format rounds numbers, or the file is at fault. Absent where the file is to be trusted. */
  doubt: z
    .object({
      reason: z.enum(['rounding', 'fault']),
      /** The layer that changes the answers most, where the format can tell. */
      layer: z.string().optional(),
    })
    .optional(),
  /** Of 8-bit formats. */
  calibration: calibration.optional(),
  /** How long the model took to be made and put on the disk, without calibration and check; absent in exports of an earlier Fovea. */
  writeSeconds: z.number().optional(),
});
export type ExportReport = z.infer<typeof exportReport>;

/** A format that cannot hold the network. */
export const exportRefusal = z.object({
  format: exportFormat,
  code: z.enum(ERROR_CODES).default('export/unsupported'),
  message: z.string(),
});
export type ExportRefusal = z.infer<typeof exportRefusal>;

/** What became of an order: nothing is refused unless the order lets the others be written all the same. */
export const exportResult = z.object({ exports: z.array(exportReport), refused: z.array(exportRefusal) });
export type ExportResult = z.infer<typeof exportResult>;

/** Wall-clock seconds by phase. Decoding runs ahead of the backbone: `decode` is the time the backbone waited for it. */
export const phaseSeconds = z.object({
  decode: z.number(),
  features: z.number(),
  train: z.number(),
  evaluate: z.number(),
  export: z.number(),
  total: z.number(),
});

/** What a run will cost, as far as it can be known before. */
export const runCost = z.object({
  /** Passes through the frozen part that are still to be made; with augmentation `live` those of all epochs. */
  passCount: z.int(),
  /** Passes that earlier runs have stored. */
  reusedCount: z.int(),
  /** A guess, rounded to two digits, from what runs took on this machine; null until one has shown it. */
  seconds: z.number().nullable(),
  /** What the cache will grow by. */
  diskBytes: z.number(),
});
export type RunCost = z.infer<typeof runCost>;

/** The nodes from one possible cut up to the next. */
export const networkBlock = z.object({
  /** Its first node, which names the cut before it. */
  cut: z.string(),
  /** Of what comes out, without the batch: [height, width, channels], or [features]. */
  shape: z.array(z.int()),
  parameterCount: z.int(),
});
export type NetworkBlock = z.infer<typeof networkBlock>;

/** The same run with each kind of augmentation. */
export const runCosts = z.object({
  off: runCost,
  cached: runCost,
  live: runCost,
  /** Nodes from which the backbone can be fine-tuned, from the pixels on. */
  cuts: z.array(z.string()),
  /** The backbone in parts, one a cut, from the pixels on. */
  blocks: z.array(networkBlock),
  /** Where fine-tuning starts if the settings name no cut. */
  defaultCut: z.string(),
});
export type RunCosts = z.infer<typeof runCosts>;

/** The one object that `fovea train --json` prints, and that every run keeps. */
export const trainReport = z.object({
  classes: z.array(z.string()),
  /** Pictures that were used, by split as in `accuracy`, and by class. */
  counts: z.object({
    train: z.int(),
    val: z.int(),
    test: z.int().optional(),
    byClass: z.record(z.string(), z.int()),
  }),
  accuracy: z.object({
    train: fraction,
    val: fraction,
    test: fraction.optional(),
    /** Of the headline: the test split's where there is one, else the validation split's. */
    interval,
  }),
  /** Of the headline split; rows truth, columns prediction. */
  confusion: z.array(z.array(z.int())),
  seconds: phaseSeconds,
  backend,
  backbone: z.string(),
  seed: z.int(),
  epochs: z.object({ ran: z.int(), best: z.int() }),
  mode: z.enum(MODES).default('head'),
  /** First node of the backbone that learned; null where the head alone did. */
  cut: z.string().nullable().default(null),
  /** Passes through the frozen part: done in this run, and spared by what earlier runs had stored. */
  activations: z.object({ computed: z.int(), reused: z.int() }).optional(),
  /** Absent in reports of earlier versions, and where nothing was learned. */
  diagnostics: diagnosticsSummary.optional(),
  /** Of a run that was long enough to be examined first. */
  coach: coachSummary.optional(),
  skipped: z.array(skippedFile),
  exports: z.array(exportReport),
  /** Of all formats, those that cannot hold the network; absent where there are none. */
  refused: z.array(exportRefusal).optional(),
});
export type TrainReport = z.infer<typeof trainReport>;
