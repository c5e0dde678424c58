import type { AugmentationPreview } from './augment.ts';
import type { BackboneOrder } from './backbones.ts';
import type { Proposal, TransferReport } from './choosing.ts';
import type { CoachReport } from './coach.ts';
import type { ClassSummary, DatasetSummary, SkippedFile } from './dataset.ts';
import type { DiagnosticsRecord } from './diagnostics.ts';
import type { CopyOrder, CopyReport, Edit, EditRequest } from './edits.ts';
import type { WireError } from './errors.ts';
import type { WorkerEvent } from './events.ts';
import type { Experiment, ExperimentOrder, ExperimentResults } from './lab/experiments.ts';
import type { ExplainReport, FilePrediction, HeatMapMethod } from './predictions.ts';
import type { Evaluation, EvaluationReport, ExportResult, RunCosts, TrainReport } from './results.ts';
import type { CacheState } from './procedures.ts';
import type { TtaSettings } from './test-time-augmentation.ts';
import type { Backend, ExportFormat, TrainConfig } from './training.ts';

/** What a compute worker can be asked to do. One worker, one job; every path is absolute. */
export type Job =
  /** Reads a folder of pictures into a manifest, and writes it and what edits make of it. */
  | {
      readonly kind: 'scan';
      readonly folder: string;
      readonly manifestFile: string;
      readonly edited: EditedFiles;
      readonly config: SplitConfig;
    }
  /** Checks a wish to edit, and writes what edits and this one make of a dataset. */
  | {
      readonly kind: 'edit';
      /** What the folder holds, as `scan` wrote it. */
      readonly manifestFile: string;
      /** Null applies `edited.edits` alone. */
      readonly request: EditRequest | null;
      readonly edited: EditedFiles;
      readonly config: SplitConfig;
    }
  /** Writes the pictures of an edited manifest to a new folder. */
  | {
      readonly kind: 'copy-dataset';
      readonly folder: string;
      /** An edited one. */
      readonly manifestFile: string;
      readonly order: CopyOrder;
      readonly config: SplitConfig;
    }
  /** Trains on a folder, writes the model into `modelFolder` and, if asked, exports. */
  | {
      readonly kind: 'train';
      readonly folder: string;
      /** A manifest that `scan` wrote; null scans first. */
      readonly manifestFile: string | null;
      readonly config: TrainConfig;
      readonly modelFolder: string;
      readonly exports: ExportOrder | null;
      /** Where fine-tuning keeps how far it is; one that is there and belongs to the same training is gone on from. */
      readonly checkpointFile: string | null;
      /** What was seen of the layers before the training was cut off or paused; absent: it has not begun before. */
      readonly earlierDiagnostics?: readonly DiagnosticsRecord[];
    }
  /** Counts the pictures of each split that a training with these settings would have. */
  | {
      readonly kind: 'split';
      /** That `scan` or an edit wrote. */
      readonly manifestFile: string;
      readonly config: SplitConfig;
    }
  /** Counts what a training with these settings has to do. */
  | {
      readonly kind: 'estimate';
      readonly folder: string;
      /** A manifest that `scan` wrote; null scans first. */
      readonly manifestFile: string | null;
      readonly config: TrainConfig;
    }
  /** Examines a training with these settings before it is started. */
  | {
      readonly kind: 'coach';
      readonly folder: string;
      /** A manifest that `scan` wrote; null scans first. */
      readonly manifestFile: string | null;
      readonly config: TrainConfig;
      /** Mistaken pictures to make small copies of. */
      readonly thumbnailCount: number;
    }
  /** Makes what the epochs of a training with these settings will see of some of its pictures. */
  | {
      readonly kind: 'preview-augmentation';
      readonly folder: string;
      /** A manifest that `scan` wrote; null scans first. */
      readonly manifestFile: string | null;
      readonly config: TrainConfig;
      /** Training pictures by id, or how many to choose of all classes in turn. */
      readonly pictures: readonly string[] | number;
      /** From 0. */
      readonly startEpoch: number;
      readonly epochCount: number;
    }
  /** Races the backbones on the pictures and proposes how much of the better one to train. */
  | {
      readonly kind: 'choose';
      readonly folder: string;
      /** A manifest that `scan` wrote; null scans first. */
      readonly manifestFile: string | null;
      /** Of the run that is to be proposed for; its backbone and mode do not count. */
      readonly config: TrainConfig;
      /** Seconds that the run may take; null: any. */
      readonly secondsAvailable: number | null;
    }
  /** Compares runs with transfer and from scratch, pair by pair. */
  | {
      readonly kind: 'compare-transfer';
      readonly folder: string;
      /** A manifest that `scan` wrote; null scans first. */
      readonly manifestFile: string | null;
      /** A pair a seed. */
      readonly pairs: readonly { readonly transfer: TrainedRun; readonly scratch: TrainedRun }[];
    }
  /** Exports a trained model; the pictures that check it are those it was validated with. */
  | {
      readonly kind: 'export';
      readonly modelFolder: string;
      readonly exports: ExportOrder;
      /** Labels of the model that are called otherwise now. */
      readonly newLabels?: readonly NewName[];
    }
  /** Measures a model on a folder with one sub-folder a class. */
  | {
      readonly kind: 'evaluate';
      readonly modelFolder: string;
      readonly folder: string;
      /** Measures on the split that a run reports of (test, else validation) instead of on all pictures. */
      readonly headline?: {
        /** Of the run, which `scan` wrote. */
        readonly manifestFile: string;
        readonly config: SplitConfig;
      };
      /** Measures with test-time augmentation too. */
      readonly tta?: TtaSettings;
    }
  /** Predicts files, and folders with all that is in them. */
  | {
      readonly kind: 'predict';
      readonly modelFolder: string;
      readonly paths: readonly string[];
      /** Averages over views of each picture. */
      readonly tta?: TtaSettings;
    }
  /** Predicts files and writes where in each a class is seen; files of the same names are replaced. */
  | {
      readonly kind: 'explain';
      readonly modelFolder: string;
      /** Files, and folders with all that is in them. */
      readonly paths: readonly string[];
      /** Where the pictures with their heat maps go; made if missing. */
      readonly folder: string;
      /** The class to look for; null: of each picture the predicted one. */
      readonly className: string | null;
    }
  /** Runs one of the lab's experiments on a folder's pictures. */
  | {
      readonly kind: 'lab';
      readonly folder: string;
      /** A manifest that `scan` wrote; null scans first. */
      readonly manifestFile: string | null;
      readonly order: ExperimentOrder;
    }
  /** Brings a backbone into the user's folder. */
  | { readonly kind: 'add-backbone'; readonly order: BackboneOrder }
  /** Tries the backends and says what this machine has. */
  | { readonly kind: 'probe'; readonly fresh: boolean }
  /** Measures the activation cache, after clearing it if that is asked for. */
  | { readonly kind: 'cache'; readonly clear: boolean }
  /** Draws the sample set. */
  | { readonly kind: 'draw-sample'; readonly folder: string; readonly imagesPerClass: number; readonly seed: number };

export type SplitConfig = Pick<TrainConfig, 'seed' | 'validationFraction' | 'testFraction'>;

export interface NewName {
  readonly from: string;
  readonly to: string;
}

/** Edits, and where to write what they make of a dataset. */
export interface EditedFiles {
  /** Those that are done, in their order. */
  readonly edits: readonly Edit[];
  /** For the manifest of what is left; not written where there are no edits. */
  readonly manifestFile: string;
  /** For all pictures with the splits that `config` gives them: a contract `ListedPicture` a line. */
  readonly picturesFile: string;
}

/** What edits make of a dataset. */
export interface EditedDataset {
  readonly summary: DatasetSummary;
  /** What classes are called, by id, where that is not the id itself; those that are merged or removed keep their last name. */
  readonly classNames: readonly { readonly id: string; readonly name: string; readonly isLive: boolean }[];
  /** What edits name and the manifest lacks. */
  readonly gone: { readonly pictureCount: number; readonly classCount: number };
}

/** What a finished run has left. */
export interface TrainedRun {
  readonly config: TrainConfig;
  readonly report: TrainReport;
  readonly evaluation: Evaluation;
}

export interface ExportOrder {
  readonly folder: string;
  readonly formats: readonly ExportFormat[];
  /** Whether files of an earlier export at the same place may be replaced. */
  readonly overwrite: boolean;
  /** Leaves out formats that cannot hold the network and says which, instead of writing none. */
  readonly skipUnsupported?: boolean | undefined;
  /** One zip a format in place of a folder. */
  readonly zip?: boolean | undefined;
  /** Adds small copies of validation pictures, one a class: with the user's consent alone. */
  readonly samplePictures?: boolean | undefined;
  /** Pictures that calibrate 8-bit formats; absent: the training pictures that the model's training has noted for that. */
  readonly calibrationFolder?: string | undefined;
}

export interface JobResults {
  scan: EditedDataset;
  /** `edit` is what is to be kept; null where nothing was asked for or nothing would change (then no file is written). */
  edit: { readonly edit: Edit | null; readonly changedCount: number; readonly dataset: EditedDataset };
  'copy-dataset': CopyReport;
  train: { readonly report: TrainReport; readonly evaluation: Evaluation; readonly stoppedEarly: boolean };
  split: readonly ClassSummary[];
  estimate: RunCosts;
  'preview-augmentation': readonly AugmentationPreview[];
  /** `thumbnails` by picture id, as data URIs. */
  coach: { readonly report: CoachReport; readonly thumbnails: Readonly<Record<string, string>> };
  choose: Proposal;
  'compare-transfer': TransferReport;
  export: ExportResult;
  evaluate: EvaluationReport;
  predict: {
    readonly predictions: readonly FilePrediction[];
    readonly skipped: readonly SkippedFile[];
    /** With test-time augmentation: views a picture whose probabilities were averaged. */
    readonly viewCount?: number;
  };
  explain: ExplainReport;
  /** The result of the experiment that was ordered. */
  lab: ExperimentResults[Experiment];
  'add-backbone': { readonly id: string };
  probe: Backend;
  cache: CacheState;
  'draw-sample': { readonly imageCount: number };
}
export type JobKind = keyof JobResults;
export type JobOf<K extends JobKind> = Extract<Job, { kind: K }>;

/**
 * Studio → worker. `stop` ends training after the current batch and keeps the best epoch; before one exists it cancels. `pause` writes the
 * checkpoint after the current batch and fails with `run/paused`; what has no checkpoint begins anew when it is resumed, and a training that
 * is over already finishes.
 */
export type ToWorker =
  { readonly type: 'start'; readonly job: Job } | { readonly type: 'stop' } | { readonly type: 'pause' };

/** Worker → studio. Exactly one `result` or `error` comes last. */
export type FromWorker =
  | { readonly type: 'event'; readonly event: WorkerEvent }
  | { readonly type: 'result'; readonly value: JobResults[JobKind] }
  | { readonly type: 'error'; readonly error: WireError; readonly stack: string | null };

/** Studio → media worker: make a picture's thumbnail file. */
export interface ThumbnailRequest {
  readonly requestId: number;
  readonly sourceFile: string;
  readonly targetFile: string;
  /** Longer side of the box that the upright picture must fit in, pixels. */
  readonly sizePx: number;
}
export type ThumbnailReply = { readonly requestId: number; readonly error: WireError | null };

/** Studio → predictor, the worker that holds one model and is started with its folder: name what is in a picture, and show why. */
export interface PredictRequest {
  readonly requestId: number;
  /** A file, or the bytes of one. */
  readonly picture: string | Uint8Array;
  /** The class whose heat map is wanted, by number; `predicted`: that of the answer; null: none. */
  readonly heatMapOf: number | 'predicted' | null;
}
export type PredictReply =
  | { readonly requestId: number; readonly error: WireError }
  | { readonly requestId: number; readonly error: null; readonly answer: PredictAnswer };
export interface PredictAnswer {
  /** In the order of the classes. */
  readonly probabilities: readonly number[];
  readonly heatMap: { readonly classNumber: number; readonly method: HeatMapMethod; readonly png: Uint8Array } | null;
}
