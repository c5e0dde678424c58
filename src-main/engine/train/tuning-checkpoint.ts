import { z } from 'zod';
import { diagnosticsRecord, type DiagnosticsRecord } from '../../contract/diagnostics.ts';
import type { Parameter } from '../network/network.ts';
import type { TrainableTail } from '../network/tail.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { MovingAverage } from './moving-average.ts';
import type { Optimizer } from './optimizers.ts';

/** Everything that a later epoch of fine-tuning depends on. */
export interface TuningState {
  /** Epochs that are done. */
  readonly epoch: number;
  readonly bestEpoch: number;
  readonly bestLoss: number;
  /** Weights of the best epoch; null while that is the start. */
  readonly kept: readonly Parameter[] | null;
  /** What a report is made from: the diagnostics before the first epoch, and of the best; none where nothing was watched. */
  readonly records: readonly DiagnosticsRecord[];
}

export interface TuningPlace {
  readonly file: string;
  /** What the training is a function of. */
  readonly fingerprint: string;
  /** Least time between two checkpoints, so that a short training is not slowed by its disk. */
  readonly everyMs: number;
}

interface Parts {
  readonly tail: TrainableTail;
  readonly optimizer: Optimizer;
  readonly average: MovingAverage | null;
}

const stored = z.object({
  epoch: z.int(),
  bestEpoch: z.int(),
  bestLoss: z.number(),
  optimizerStep: z.int(),
  averageStep: z.int(),
  records: z.array(diagnosticsRecord).default([]), // one of an earlier Fovea has none
});

/** Writes down where fine-tuning stands; the disk holds the earlier state until this returns. */
export async function saveTuning({ file, fingerprint }: TuningPlace, state: TuningState, parts: Parts): Promise<void> {
  const optimizer = await parts.optimizer.save();
  const average = (await parts.average?.save()) ?? { step: 0, sums: {} };
  const { epoch, bestEpoch, bestLoss } = state;
  const records = [...state.records];
  const steps = { optimizerStep: optimizer.step, averageStep: average.step };
  const head: z.infer<typeof stored> = { epoch, bestEpoch, bestLoss, ...steps, records };
  const names = placeNames(parts.tail);
  await saveCheckpoint(file, {
    fingerprint,
    state: head,
    arrays: {
      ...numbered('weights', valuesOf(parts.tail.weights())),
      ...numbered('kept', valuesOf(state.kept ?? [])),
      ...renamed('optimizer', optimizer.slots, names.toPlace),
      ...renamed('average', average.sums, names.toPlace),
    },
  });
}

/** Puts everything back as it was, if there is a checkpoint of this training; null where there is none. */
export async function restoreTuning({ file, fingerprint }: TuningPlace, parts: Parts): Promise<TuningState | null> {
  const checkpoint = await loadCheckpoint(file, fingerprint);
  if (checkpoint === null) return null;
  const { epoch, bestEpoch, bestLoss, optimizerStep, averageStep, records } = stored.parse(checkpoint.state);
  const { arrays } = checkpoint;
  const { toName } = placeNames(parts.tail);
  const parametersOf = (group: string): Parameter[] =>
    parts.tail.variables.map(({ shape }, index) => ({
      shape,
      values: arrays[`${group}/${index}`] ?? new Float32Array(),
    }));
  parts.tail.load(parametersOf('weights'));
  parts.optimizer.restore({ step: optimizerStep, slots: group('optimizer', arrays, toName) });
  parts.average?.restore({ step: averageStep, sums: group('average', arrays, toName) });
  return { epoch, bestEpoch, bestLoss, kept: bestEpoch === 0 ? null : parametersOf('kept'), records };
}

type Arrays = Readonly<Record<string, Float32Array>>;

function valuesOf(parameters: readonly Parameter[]): Float32Array[] {
  return parameters.map(({ values }) => values);
}

function numbered(name: string, arrays: readonly Float32Array[]): Arrays {
  return Object.fromEntries(arrays.map((values, index) => [`${name}/${index}`, values]));
}

/** tfjs numbers variables as they are made, so that names differ from process to process; places in the tail do not. */
function placeNames({ variables }: TrainableTail) {
  const names = variables.map(({ name }) => name);
  return {
    toPlace: new Map(names.map((name, place) => [name, String(place)])),
    toName: new Map(names.map((name, place) => [String(place), name])),
  };
}

/** `<variable>` or `<variable>/<slot>` under another name of the variable. */
function renamed(group: string, arrays: Arrays, names: ReadonlyMap<string, string>): Arrays {
  return Object.fromEntries(
    Object.entries(arrays).map(([key, values]) => [`${group}/${replaced(key, names)}`, values]),
  );
}

function group(name: string, arrays: Arrays, names: ReadonlyMap<string, string>): Arrays {
  const own = Object.entries(arrays).filter(([key]) => key.startsWith(`${name}/`));
  return Object.fromEntries(own.map(([key, values]) => [replaced(key.slice(name.length + 1), names), values]));
}

function replaced(key: string, names: ReadonlyMap<string, string>): string {
  const [variable = '', ...slot] = key.split('/');
  return [names.get(variable) ?? variable, ...slot].join('/');
}
