/** A run as the page shows it, folded from its numbered events. Pure, so that a replay gives what was seen live. */
import type { z } from 'zod';
import type { CoachStep } from '../../src-main/contract/coach.ts';
import type { SkippedFile } from '../../src-main/contract/dataset.ts';
import type { runEndEvent, RunEvent, Stage, WorkerEvent } from '../../src-main/contract/events.ts';
import type { DiagnosticsRecord } from '../../src-main/contract/diagnostics.ts';
import type { ExportReport, RunCost } from '../../src-main/contract/results.ts';
import type { Backend, TrainConfig } from '../../src-main/contract/training.ts';
import { plannedEpochs } from './settings.ts';

export type RunEnd = z.infer<typeof runEndEvent>;
type WatchedEvent = Extract<WorkerEvent, { type: 'watched' }>;
type EpochEvent = Extract<WorkerEvent, { type: 'epoch' }>;

export interface EpochRow extends EpochEvent {
  /** Since the epoch before, or since training began. */
  readonly durationMs: number;
}

export interface StageProgress {
  readonly stage: Stage;
  readonly startedAtMs: number;
  /** Null while it runs. */
  readonly endedAtMs: number | null;
  readonly done: number;
  /** Null where nobody knows how much there is to do. */
  readonly total: number | null;
}

export interface RunProgress {
  /** Number of the last event seen; following goes on after it. */
  readonly lastSeq: number;
  readonly lastAtMs: number;
  readonly backend: Backend | null;
  readonly backbone: string | null;
  /** What the run had to do, as it said before it began; null where it did not. */
  readonly cost: RunCost | null;
  /** In the order they began; the last one is at work unless the run has ended. */
  readonly stages: readonly StageProgress[];
  readonly epochs: readonly EpochRow[];
  /** Null until an epoch of this sitting has ended. */
  readonly lastEpochAtMs: number | null;
  readonly skipped: readonly SkippedFile[];
  readonly exported: readonly ExportReport[];
  /** What the coach found before the run, step by step; empty where it was not asked. */
  readonly coached: readonly CoachStep[];
  /** Before the first step, where training began with random weights; null elsewhere. */
  readonly initialLoss: DiagnosticsRecord['initialLoss'];
  /** How the layers stood last; null while nothing was told. */
  readonly diagnosis: DiagnosticsRecord | null;
  /** Pictures whose predictions the epochs tell; null where they do not. */
  readonly watched: Pick<WatchedEvent, 'classes' | 'pictures'> | null;
  readonly end: RunEnd | null;
}

export const NO_PROGRESS: RunProgress = {
  lastSeq: 0,
  lastAtMs: 0,
  backend: null,
  backbone: null,
  cost: null,
  stages: [],
  epochs: [],
  lastEpochAtMs: null,
  skipped: [],
  exported: [],
  coached: [],
  initialLoss: null,
  diagnosis: null,
  watched: null,
  end: null,
};

/** Events already seen are ignored: a reconnect may send some twice. */
export function applyEvents(progress: RunProgress, events: readonly RunEvent[]): RunProgress {
  return events.reduce(applyEvent, progress);
}

function applyEvent(before: RunProgress, { seq, atMs, event }: RunEvent): RunProgress {
  if (seq <= before.lastSeq) return before;
  const progress: RunProgress = { ...before, lastSeq: seq, lastAtMs: Math.max(before.lastAtMs, atMs) };
  switch (event.type) {
    case 'backend':
      return { ...progress, backend: event.backend, backbone: event.backbone };
    case 'cost':
      return { ...progress, cost: event.cost };
    case 'stage': {
      const next = { stage: event.stage, startedAtMs: atMs, endedAtMs: null, done: 0, total: event.total };
      return { ...progress, stages: [...endLast(progress.stages, atMs), next] };
    }
    case 'progress':
      return { ...progress, stages: advance(progress.stages, event.stage, event.done, event.total) };
    case 'skipped':
      return { ...progress, skipped: [...progress.skipped, event.file] };
    case 'epoch': {
      const durationMs = atMs - (epochStart(progress) ?? atMs);
      const epochs = [...progress.epochs, { ...event, durationMs }];
      return {
        ...progress,
        epochs,
        lastEpochAtMs: atMs,
        stages: advance(progress.stages, 'train', event.epoch, event.of),
      };
    }
    case 'exported':
      return { ...progress, exported: [...progress.exported, event.report] };
    case 'coach-step':
      return { ...progress, coached: [...progress.coached, event.step] };
    case 'diagnostics':
      return { ...progress, diagnosis: event, initialLoss: progress.initialLoss ?? event.initialLoss };
    case 'watched':
      return { ...progress, watched: event };
    case 'download':
      return progress; // told where it belongs
    case 'finished':
    case 'failed':
    case 'cancelled':
    case 'paused':
      return { ...progress, end: event, stages: endLast(progress.stages, atMs) };
    case 'resumed': // stages are gone through again
      return { ...progress, end: null, stages: [], lastEpochAtMs: null };
    case 'writing':
    case 'coach-start':
    case 'coach-end':
    default: // what a newer studio may tell a page that is still open
      return progress;
  }
}

function endLast(stages: readonly StageProgress[], atMs: number): readonly StageProgress[] {
  return stages.map((stage) => (stage.endedAtMs === null ? { ...stage, endedAtMs: atMs } : stage));
}

function advance(stages: readonly StageProgress[], name: Stage, done: number, total: number): readonly StageProgress[] {
  return stages.map((stage) => (stage.stage === name && stage.endedAtMs === null ? { ...stage, done, total } : stage));
}

/** Milliseconds at which the epoch now running began. */
function epochStart({ lastEpochAtMs, stages }: RunProgress): number | null {
  return lastEpochAtMs ?? stages.find(({ stage }) => stage === 'train')?.startedAtMs ?? null;
}

/** The epoch that the run keeps: the last one that was reported as best. */
export function bestEpoch(epochs: readonly EpochRow[]): EpochRow | null {
  return epochs.findLast(({ isBest }) => isBest) ?? null;
}

/** How the watched pictures stand after an epoch. */
export interface WatchedMoment {
  readonly epoch: number;
  readonly pictures: readonly {
    readonly id: string;
    readonly truth: string;
    readonly predicted: string;
    readonly isRight: boolean;
    /** After the epoch before; null where there was none. */
    readonly wasRight: boolean | null;
  }[];
}

/** @returns null where no pictures are watched or the epoch does not tell. */
export function watchedMoment({ watched, epochs }: RunProgress, epoch: number | null): WatchedMoment | null {
  const at = epochs.findIndex((row) => row.epoch === epoch);
  const predicted = epochs[at]?.predicted;
  if (watched === null || epoch === null || predicted === undefined) return null;
  const before = epochs[at - 1]?.predicted;
  const nameOf = (index: number | undefined): string => watched.classes[index ?? -1] ?? '';
  const pictures = watched.pictures.map(({ id, truth }, index) => ({
    id,
    truth: nameOf(truth),
    predicted: nameOf(predicted[index]),
    isRight: predicted[index] === truth,
    wasRight: before === undefined ? null : before[index] === truth,
  }));
  return { epoch, pictures };
}

/** The last epoch before fine-tuning began; null while it has not, and where nothing came before it. */
export function lastHeadEpoch(epochs: readonly EpochRow[]): number | null {
  const first = epochs.findIndex(({ phase }) => phase === 'tune');
  return first < 1 ? null : (epochs[first - 1]?.epoch ?? null);
}

/**
 * Epochs that the charts leave room for: what was planned, until fine-tuning begins. From then on it is known how many the
 * head took.
 */
export function roomForEpochs(epochs: readonly EpochRow[], config: TrainConfig): number {
  const headEpochs = lastHeadEpoch(epochs);
  return headEpochs === null ? plannedEpochs(config) : headEpochs + config.tuneEpochs;
}

export function currentStage(progress: RunProgress): StageProgress | null {
  return progress.stages.findLast(({ endedAtMs }) => endedAtMs === null) ?? null;
}

/** Done share of one stage; null where it cannot be told. */
export function stageFraction({ done, total, endedAtMs }: StageProgress): number | null {
  if (endedAtMs !== null) return 1;
  return total === null || total === 0 ? null : Math.min(1, done / total);
}

type Weights = Readonly<Record<Stage, number>>;
/** What each stage takes of a whole run, roughly. Where the head alone learns, the backbone's pass is nearly all of it. */
const HEAD_WEIGHTS: Weights = { read: 0.05, features: 0.75, train: 0.17, evaluate: 0.02, export: 0.01 };
const TUNING_WEIGHTS: Weights = { read: 0.02, features: 0.2, train: 0.75, evaluate: 0.02, export: 0.01 };
const ORDER = Object.keys(HEAD_WEIGHTS) as readonly Stage[]; // keys of a literal keep their order

function weightsOf(mode: TrainConfig['mode']): Weights {
  return mode === 'head' ? HEAD_WEIGHTS : TUNING_WEIGHTS;
}

/** One number for the rail: how far the whole run is. */
export function overallFraction(progress: RunProgress, mode: TrainConfig['mode']): number {
  if (progress.end !== null) return 1;
  const current = currentStage(progress);
  if (current === null) return 0;
  const weights = weightsOf(mode);
  const before = ORDER.slice(0, ORDER.indexOf(current.stage)).reduce((sum, stage) => sum + weights[stage], 0);
  return before + weights[current.stage] * (stageFraction(current) ?? 0);
}

/** Shortest stretch of a stage that a guess is made from. */
const MIN_SAMPLE_MS = 1500;

/**
 * Time left, guessed from the pace of the stage at work; null while there is nothing to go by.
 * While training this is the most it can take, as training may stop early.
 */
export function remainingMs(progress: RunProgress, elapsedMs: number, mode: TrainConfig['mode']): number | null {
  const current = currentStage(progress);
  if (progress.end !== null || current === null || current.total === null || current.done === 0) return null;
  const spentMs = progress.lastAtMs - current.startedAtMs;
  if (spentMs < MIN_SAMPLE_MS) return null;
  const paceMs = spentMs / current.done;
  const sinceLastMs = Math.max(0, elapsedMs - progress.lastAtMs);
  const leftHereMs = Math.max(0, paceMs * (current.total - current.done) - sinceLastMs);
  // Before training has begun its pace is unknown: its usual share of a run stands in.
  const { train, evaluate, features } = weightsOf(mode);
  const afterwards = current.stage === 'features' ? (train + evaluate) / features : 0;
  return leftHereMs + paceMs * current.total * afterwards;
}

/** Pictures a second through the backbone; null before the first ones came through. */
export function picturesPerSecond({ stages, lastAtMs }: RunProgress): number | null {
  const features = stages.find(({ stage }) => stage === 'features');
  if (features === undefined || features.done === 0) return null;
  const seconds = ((features.endedAtMs ?? lastAtMs) - features.startedAtMs) / 1000;
  return seconds <= 0 ? null : features.done / seconds;
}
