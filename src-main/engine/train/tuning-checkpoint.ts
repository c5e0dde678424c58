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
  /** Steps that are done of the next one. */
  readonly step: number;
  /** Loss times rows, and rows that were right, of these steps. */
  readonly lossSum: number;
  readonly correctCount: number;
  readonly bestEpoch: number;
  readonly bestLoss: number;
  /** Weights of the best epoch; null while that is the start. */
  readonly kept: readonly Parameter[] | null;
  /** What a report is made from: the diagnostics before the first epoch, and of the best; none where nothing was watched. */
  readonly records: readonly DiagnosticsRecord[];
}

/** Where fine-tuning begins; its loss is still to be measured. */
export const UNTRAINED: Omit<TuningState, 'bestLoss'> = {
  epoch: 0,
  step: 0,
  lossSum: 0,
  correctCount: 0,
  bestEpoch: 0,
  kept: null,
  records: [],
};

/** The head that fine-tuning began with, where it was trained before: so it need not be trained again to go on. */
export interface StartedHead {
  /** Of the nodes behind the embedding, in their order. */
  readonly weights: readonly Parameter[];
  readonly bestEpoch: number;
  readonly ranEpochs: number;
}

export interface TuningPlace {
  readonly file: string;
  /** What the training is a function of. */
  readonly fingerprint: string;
  /** Least time between two checkpoints, so that a short training is not slowed by its disk. */
  readonly everyMs: number;
  /** Kept with the rest; null or absent: none was trained. */
  readonly head?: StartedHead | null;
}

interface Parts {
  readonly tail: TrainableTail;
  readonly optimizer: Optimizer;
  readonly average: MovingAverage | null;
}

const stored = z.object({
  epoch: z.int(),
  step: z.int().default(0), // absent, as the head is, in checkpoints of earlier versions
  lossSum: z.number().default(0),
  correctCount: z.number().default(0),
  bestEpoch: z.int(),
  bestLoss: z.number(),
  optimizerStep: z.int(),
  averageStep: z.int(),
  records: z.array(diagnosticsRecord).default([]), // one of an earlier Fovea has none
  head: z
    .object({ bestEpoch: z.int(), ranEpochs: z.int(), shapes: z.array(z.array(z.int())) })
    .nullable()
    .default(null),
});

/** Writes down where fine-tuning stands; the disk holds the earlier state until this returns. */
export async function saveTuning(
  { file, fingerprint, head = null }: TuningPlace,
  { kept, ...counters }: TuningState,
  parts: Parts,
): Promise<void> {
  const optimizer = await parts.optimizer.save();
  const average = (await parts.average?.save()) ?? { step: 0, sums: {} };
  const state: z.infer<typeof stored> = {
    ...counters,
    records: [...counters.records],
    optimizerStep: optimizer.step,
    averageStep: average.step,
    head: head && {
      bestEpoch: head.bestEpoch,
      ranEpochs: head.ranEpochs,
      shapes: head.weights.map(({ shape }) => [...shape]),
    },
  };
  const names = placeNames(parts.tail);
  await saveCheckpoint(file, {
    fingerprint,
    state,
    arrays: {
      ...numbered('head', valuesOf(head?.weights ?? [])),
      ...numbered('weights', valuesOf(parts.tail.weights())),
      ...numbered('kept', valuesOf(kept ?? [])),
      ...renamed('optimizer', optimizer.slots, names.toPlace),
      ...renamed('average', average.sums, names.toPlace),
    },
  });
}

/** Puts everything back as it was, if there is a checkpoint of this training; null where there is none. */
export async function restoreTuning({ file, fingerprint }: TuningPlace, parts: Parts): Promise<TuningState | null> {
  const checkpoint = await loadCheckpoint(file, fingerprint);
  if (checkpoint === null) return null;
  const { epoch, step, lossSum, correctCount, bestEpoch, bestLoss, records, ...steps } = stored.parse(checkpoint.state);
  const { arrays } = checkpoint;
  const { toName } = placeNames(parts.tail);
  const parametersOf = (group: string): Parameter[] =>
    parts.tail.variables.map(({ shape }, index) => ({
      shape,
      values: arrays[`${group}/${index}`] ?? new Float32Array(),
    }));
  parts.tail.load(parametersOf('weights'));
  parts.optimizer.restore({ step: steps.optimizerStep, slots: group('optimizer', arrays, toName) });
  parts.average?.restore({ step: steps.averageStep, sums: group('average', arrays, toName) });
  const kept = bestEpoch === 0 ? null : parametersOf('kept');
  return { epoch, step, lossSum, correctCount, bestEpoch, bestLoss, kept, records };
}

/** The head that a training which can be gone on with began with; null where there is none. */
export async function startedHead({ file, fingerprint }: TuningPlace): Promise<StartedHead | null> {
  const checkpoint = await loadCheckpoint(file, fingerprint);
  if (checkpoint === null) return null;
  const { head } = stored.parse(checkpoint.state);
  if (head === null) return null;
  const { shapes, ...epochs } = head;
  const valuesAt = (index: number) => checkpoint.arrays[`head/${index}`] ?? new Float32Array();
  return { ...epochs, weights: shapes.map((shape, index) => ({ shape, values: valuesAt(index) })) };
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
