/** The words for the contract's values, in the language that holds. */
import type { CoachStepName, Verdict } from '../../src-main/contract/coach.ts';
import type { DatasetSummary, Split } from '../../src-main/contract/dataset.ts';
import type { RunStatus, Stage } from '../../src-main/contract/events.ts';
import type { Backend, ExportFormat } from '../../src-main/contract/training.ts';
import { m } from '../paraglide/messages.js';
import { getLocale } from '../paraglide/runtime.js';
import type { CameraFault } from '../state/camera.svelte.ts';
import type { Choice } from './choice.ts';
import { formatCount, formatList } from './format.ts';

export const count = (value: number): string => formatCount(value, getLocale());

/** A number that may be no count: "0.99999", "1,000,000". */
export const decimal = (value: number): string =>
  new Intl.NumberFormat(getLocale(), { maximumSignificantDigits: 10 }).format(value);

/** "397 pictures", "사진 397장" */
export const pictures = (value: number): string => m.pictures({ count: count(value) });
export const classes = (value: number): string => m.classes({ count: count(value) });

export function splitName(split: Split): string {
  const names = { training: m.split_training, validation: m.split_validation, test: m.split_test };
  return names[split]();
}

/** "123 training, 70 validation", leaving out what is empty. */
export function splitCounts(counts: Readonly<Record<Split, number>>): string {
  const parts = [
    counts.training > 0 ? m.count_training({ count: count(counts.training) }) : null,
    counts.validation > 0 ? m.count_validation({ count: count(counts.validation) }) : null,
    counts.test > 0 ? m.count_test({ count: count(counts.test) }) : null,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

export function stageName(stage: Stage): string {
  const names = {
    read: m.stage_read,
    features: m.stage_features,
    train: m.stage_train,
    evaluate: m.stage_evaluate,
    export: m.stage_export,
  };
  return names[stage]();
}

export function coachStepName(step: CoachStepName): string {
  const names = {
    'initial-loss': m.coach_initial_loss,
    'overfit-a-little': m.coach_overfit_a_little,
    'learning-rate': m.coach_learning_rate,
    'coarse-grid': m.coach_coarse_grid,
    'refined-grid': m.coach_refined_grid,
    curves: m.coach_curves,
  };
  return names[step]();
}

export function coachVerdictName(verdict: Verdict): string {
  return { pass: m.coach_pass, warn: m.coach_warn, fail: m.coach_fail }[verdict]();
}

export function statusName(status: RunStatus): string {
  const names = {
    queued: m.status_queued,
    running: m.status_running,
    paused: m.status_paused,
    finished: m.status_finished,
    stopped: m.status_stopped,
    failed: m.status_failed,
    interrupted: m.status_interrupted,
  };
  return names[status]();
}

/** "Native CPU · 2 cores" */
export function deviceName({ tier, cpuCount }: Pick<Backend, 'tier' | 'cpuCount'>): string {
  const tiers = { 'native-gpu': m.tier_native_gpu, 'native-cpu': m.tier_native_cpu, everywhere: m.tier_everywhere };
  return `${tiers[tier]()} · ${m.cores({ count: count(cpuCount) })}`;
}

export function themeName(theme: 'system' | 'light' | 'dark'): string {
  return { system: m.theme_system, light: m.theme_light, dark: m.theme_dark }[theme]();
}

/** Names, the same in every language. */
const FORMAT_NAMES: Readonly<Record<ExportFormat, string>> = {
  onnx: 'ONNX',
  'onnx-nhwc': 'ONNX NHWC',
  'onnx-any-size': 'ONNX uint8',
  tfjs: 'TensorFlow.js',
  'tfjs-graph': 'TensorFlow.js graph',
  'teachable-machine': 'Teachable Machine',
  'saved-model': 'SavedModel',
  'saved-model-any-size': 'SavedModel uint8',
  keras: 'Keras',
  'keras-h5': 'Keras HDF5',
  tflite: 'TensorFlow Lite',
  'tflite-f16': 'TensorFlow Lite, float16',
  'tflite-int8': 'TensorFlow Lite, int8',
  'tflite-uint8': 'TensorFlow Lite, uint8',
  coreml: 'Core ML',
  'coreml-mlmodel': 'Core ML (mlmodel)',
};

export function formatName(format: ExportFormat): string {
  return FORMAT_NAMES[format];
}

/** Where a format is used. */
export function formatPurpose(format: ExportFormat): string {
  const purposes: Readonly<Record<ExportFormat, () => string>> = {
    onnx: m.onnx_for,
    'onnx-nhwc': m.onnx_nhwc_for,
    'onnx-any-size': m.onnx_any_size_for,
    tfjs: m.tfjs_for,
    'tfjs-graph': m.tfjs_graph_for,
    'teachable-machine': m.teachable_machine_for,
    'saved-model': m.saved_model_for,
    'saved-model-any-size': m.saved_model_any_size_for,
    keras: m.keras_for,
    'keras-h5': m.keras_h5_for,
    tflite: m.tflite_for,
    'tflite-f16': m.tflite_f16_for,
    'tflite-int8': m.tflite_int8_for,
    'tflite-uint8': m.tflite_uint8_for,
    coreml: m.coreml_for,
    'coreml-mlmodel': m.coreml_mlmodel_for,
  };
  return purposes[format]();
}

export interface Words {
  readonly text: string;
  /** The English original, where the words above lack its details. */
  readonly original: string | null;
}

/**
 * A problem in the user's language. English messages come finished from where they arose; for other languages the code
 * gives the sentence, and the original stands below it for its details.
 */
export function problemWords(problem: { readonly code: string; readonly message: string }): Words {
  if (problem.code === 'connection/lost') return { text: m.problem_connection_lost(), original: null };
  if (problem.code === 'session/refused') return { text: m.problem_session_refused(), original: null };
  if (getLocale() === 'en' || problem.code === 'import/refused') return { text: problem.message, original: null };
  const text = PROBLEMS[problem.code]?.();
  return text === undefined ? { text: problem.message, original: null } : { text, original: problem.message };
}

const PROBLEMS: Readonly<Record<string, () => string>> = {
  'backbone/missing': m.problem_backbone_missing,
  'backbone/unknown': m.problem_backbone_missing,
  'backbone/corrupt': m.problem_backbone_corrupt,
  'backbone/changed': m.problem_backbone_changed,
  'backbone/unreachable': m.problem_backbone_unreachable,
  'backbone/unreadable': m.problem_backbone_unreadable,
  'backbone/no-such-cut': m.problem_no_such_cut,
  'cache/corrupt': m.problem_cache_corrupt,
  'cache/too-small': m.problem_cache_too_small,
  'compute/no-backend': m.problem_no_backend,
  'compute/out-of-memory': m.problem_out_of_memory,
  'dataset/not-found': m.problem_dataset_not_found,
  'dataset/not-a-folder': m.problem_dataset_not_a_folder,
  'dataset/unreadable': m.problem_dataset_unreadable,
  'dataset/empty': m.problem_dataset_empty,
  'dataset/one-class': m.problem_dataset_one_class,
  'dataset/too-few-images': m.problem_dataset_too_few_images,
  'dataset/class-not-found': m.problem_dataset_class_not_found,
  'dataset/picture-not-found': m.problem_dataset_picture_not_found,
  'dataset/bad-name': m.problem_dataset_bad_name,
  'dataset/name-taken': m.problem_dataset_name_taken,
  'dataset/last-class': m.problem_dataset_last_class,
  'dataset/no-such-edit': m.problem_dataset_no_such_edit,
  'export/uncalibrated': m.problem_export_uncalibrated,
  'export/unsupported': m.problem_export_unsupported,
  'export/target-exists': m.problem_export_target_exists,
  'export/target-unwritable': m.problem_export_target_unwritable,
  'image/unreadable': m.problem_image_unreadable,
  'model/not-found': m.problem_model_not_found,
  'model/corrupt': m.problem_model_corrupt,
  'project/not-found': m.problem_project_not_found,
  'project/corrupt': m.problem_project_corrupt,
  'project/bad-path': m.problem_project_bad_path,
  'project/read-only': m.problem_project_read_only,
  'request/refused': m.problem_request_refused,
  'run/busy': m.problem_run_busy,
  'run/crashed': m.problem_run_crashed,
  'run/diverged': m.problem_run_diverged,
  'run/interrupted': m.problem_run_interrupted,
  'run/not-found': m.problem_run_not_found,
  'run/not-resumable': m.problem_run_not_resumable,
  'setting/out-of-range': m.problem_setting_out_of_range,
  'storage/full': m.problem_storage_full,
  internal: m.problem_internal,
};

/** What a number of the Evaluate screen has opened, over its pictures. */
export function choiceTitle(choice: Choice, pictureCount: number): string {
  const shown = count(pictureCount);
  switch (choice.kind) {
    case 'outcome': {
      const titles = { wrong: m.wrong_pictures, right: m.right_pictures, all: m.all_pictures };
      return titles[choice.outcome]({ count: shown });
    }
    case 'cell':
      return m.cell_title({ count: shown, truth: choice.truth, predicted: choice.predicted });
    case 'turned': {
      const titles = {
        'run-right': m.turned_right_by_run,
        'run-wrong': m.turned_wrong_by_run,
        'tta-right': m.turned_right_by_tta,
        'tta-wrong': m.turned_wrong_by_tta,
      };
      return titles[choice.turn]({ count: shown });
    }
    case 'labelled':
    case 'predicted':
    case 'mistakes': {
      const titles = { labelled: m.labelled_as, predicted: m.predicted_as, mistakes: m.mistakes_of };
      return `${titles[choice.kind]({ name: choice.name })}: ${shown}`;
    }
  }
}

/** Why training cannot start, from the classes themselves where they say it; null when it can. */
export function blockerWords({ blocker, classes: all }: DatasetSummary): Words | null {
  if (blocker === null) return null;
  const short = all.filter(({ missingCount }) => missingCount > 0).map(({ name }) => name);
  if (getLocale() === 'en' || blocker.code !== 'dataset/too-few-images' || short.length === 0) {
    return problemWords(blocker);
  }
  return { text: m.blocker_too_few({ names: formatList(short, getLocale()) }), original: null };
}

/** Why there is no picture of a camera, and what to do about it. */
export function faultWords(fault: CameraFault): string {
  const words: Readonly<Record<CameraFault, () => string>> = {
    refused: m.webcam_refused,
    none: m.webcam_none,
    'in-use': m.webcam_in_use,
    'not-offered': m.webcam_not_offered,
    lost: m.webcam_lost,
    failed: m.webcam_other,
  };
  return words[fault]();
}

/** Parameters of a model: 2601976 → "2.6 million", "260만" */
export function millions(value: number): string {
  return new Intl.NumberFormat(getLocale(), {
    notation: 'compact',
    compactDisplay: 'long',
    maximumSignificantDigits: 2,
  }).format(value);
}
