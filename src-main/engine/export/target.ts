import type { Runner } from '../features/runner.ts';
import type { Classifier } from '../network/classifier.ts';
import type { Calibrated } from './calibrate.ts';
import type { ExportFile } from './export-file.ts';

/** How a model wants its pictures: RGB 0–255, normalised inside the model. */
export interface ModelInput {
  readonly layout: 'NHWC' | 'NCHW';
  readonly dtype: 'float32' | 'uint8';
  /** Whether the model scales and cuts whole pictures itself; absent: it takes squares of its own size. */
  readonly isAnySize?: true;
}

/** What a writer may need besides the classifier. */
export interface WriteContext {
  /**
   * Looks which values nodes take on training pictures: once, also where several formats ask for the same.
   *
   * @param nodes  names of those to look at.
   * @throws EngineError `export/uncalibrated` where there is no picture to do it with.
   */
  calibrate(nodes: readonly string[]): Promise<Calibrated>;
}

/** What tells why a file answers otherwise. */
export interface DoubtContext extends WriteContext {
  /** Validation pictures, uint8 [count, S, S, 3] one after another; those that the file answers otherwise come first. */
  readonly pixels: Uint8Array;
  readonly signal?: AbortSignal | undefined;
}

/** A format: how a classifier becomes its files, what opens them again, and what their user is told. One module each. */
export interface Target {
  readonly input: ModelInput;
  /** Whether the format rounds weights or values, so that its answers may part from the app's; absent: it does not. */
  readonly isLossy?: true;
  /** Facts for programs, in export.json: versions of the format. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** How the probabilities come out; absent: float32, 0–1. In uint8 a step is 1/256. */
  readonly output?: 'float32' | 'uint8';
  /**
   * Makes all files of the model; they may lie in folders ("a/b.bin").
   *
   * @throws EngineError `export/unsupported` where the format cannot hold the network, with the reason and a way out.
   */
  write(classifier: Classifier, context: WriteContext): readonly ExportFile[] | Promise<readonly ExportFile[]>;
  /**
   * Opens the files as their users will, in the format's own runtime. TF.js runs on the tfjs backend that is set, which the
   * caller has loaded. Where this machine has no such runtime it says why instead.
   *
   * @param folder  where the files of the format lie.
   */
  reopen(folder: string, classifier: Classifier): Promise<Runner | NotRun>;
  /**
   * Name of the layer that makes the file answer otherwise more than any other does; null where it cannot be told. Asked where
   * answers differ too often; on the tfjs backend that is set.
   */
  mostDifferentLayer?(classifier: Classifier, context: DoubtContext): Promise<string | null>;
  readonly words: TargetWords;
  /** Sample code, by path in `assets/export`; all of it lies beside the model, from which it reads labels and sizes. */
  readonly samples: readonly string[];
}

/** A sentence: why nothing here opens a file. */
export interface NotRun {
  readonly whyNot: string;
}

/** What README.md of the exported folder says of a format. */
export interface TargetWords {
  readonly title: string;
  /** What opens the files. */
  readonly runtime: string;
  /** A sentence: where class names and preprocessing travel. */
  readonly metadata: string;
  /** Markdown: how to run the sample code. */
  readonly howTo: string;
  /** Lines on both, where they are no tensors. */
  readonly inputAndOutput?: (classifier: Classifier) => readonly string[];
  /** How near the sample code comes to the app, where no test runs it. */
  readonly sampleAccuracy?: string;
}

/** "[batch, 3, 224, 224]" as its members. */
export function inputShape({ layout, isAnySize }: ModelInput, size: number): readonly (string | number)[] {
  const [height, width] = isAnySize ? ['height', 'width'] : [size, size];
  return layout === 'NCHW' ? ['batch', 3, height, width] : ['batch', height, width, 3];
}
