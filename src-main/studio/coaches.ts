import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EngineError, toWireError } from '../contract/errors.ts';
import type { WorkerEvent } from '../contract/events.ts';
import { coachState, type CoachState } from '../contract/procedures.ts';
import type { TrainConfig } from '../contract/training.ts';
import { readTextIfThere, writeFileDurably } from '../system/durable-file.ts';
import { requireBackbone } from './backbones.ts';
import type { RunsParts } from './runs.ts';

/** `coach.json` of a project: its last coach. One that is running there was cut off, unless it is running here. */
const coachFile = z.object({ version: z.literal(1), state: coachState });

/** How long a worker may take to stop by itself: a step of the coach. */
const STOP_GRACE_MS = 10_000;

/** A coach of this session. */
interface Live {
  state: CoachState;
  readonly stop: AbortController;
  readonly kill: AbortController;
  readonly waiting: Set<() => void>;
  ending: Promise<void>;
}

/** The coach of each project: one at a time, the last one's report kept on disk. */
export class Coaches {
  readonly #parts: RunsParts;
  readonly #live = new Map<string, Live>();
  #isClosing = false;

  constructor(parts: RunsParts) {
    this.#parts = parts;
  }

  /** @throws EngineError `run/busy` while one is at work; the reason why a run could not be trained either */
  async start(projectId: string, config: TrainConfig): Promise<CoachState> {
    const { datasets } = this.#parts;
    const { folder, manifestFile } = await datasets.requireTrainable(projectId);
    if (config.from === undefined) await requireBackbone(config.backbone);
    const before = this.#live.get(projectId);
    if (before !== undefined && !isOver(before.state)) {
      const message = 'The coach is at work in this project already. Wait for it, or stop it first.';
      throw new EngineError('run/busy', message, { projectId });
    }
    const live: Live = {
      state: { ...EMPTY, steps: [], config, startedAt: new Date().toISOString() },
      stop: new AbortController(),
      kill: new AbortController(),
      waiting: new Set(),
      ending: Promise.resolve(),
    };
    this.#live.set(projectId, live);
    live.ending = this.#run(projectId, live, { folder, manifestFile });
    return live.state;
  }

  /** Null where no coach was ever asked. */
  async get(projectId: string): Promise<CoachState | null> {
    await this.#parts.projects.read(projectId);
    const live = this.#live.get(projectId);
    return live === undefined ? this.#stored(projectId) : live.state;
  }

  /** Ends it soon; the steps that it has taken stay. */
  async stop(projectId: string): Promise<CoachState | null> {
    const live = this.#live.get(projectId);
    if (live !== undefined && !isOver(live.state)) {
      live.stop.abort();
      if (live.state.status === 'queued') live.kill.abort();
      void delay(STOP_GRACE_MS, undefined, { ref: false }).then(() => live.kill.abort());
      await live.ending;
    }
    return this.get(projectId);
  }

  /** How it stands, at once and after each change. Ends with the coach or on `signal`. */
  async *follow(projectId: string, signal?: AbortSignal): AsyncGenerator<CoachState, void> {
    const live = this.#live.get(projectId);
    if (live === undefined) {
      const stored = await this.#stored(projectId);
      if (stored !== null) yield stored;
      return;
    }
    for (let seen: CoachState | null = null; !signal?.aborted;) {
      const { state } = live;
      if (state !== seen) yield (seen = state);
      else if (isOver(state)) return;
      else await changeOf(live, signal);
    }
  }

  /** Ends what a project still runs and forgets it; its files may then be removed. */
  async leave(projectId: string): Promise<void> {
    const live = this.#live.get(projectId);
    live?.kill.abort();
    await live?.ending;
    this.#live.delete(projectId);
  }

  /** What is at work when the lanes close stays on disk as it was, and counts as interrupted from then on. */
  close(): void {
    this.#isClosing = true;
  }

  async #run(projectId: string, live: Live, source: { folder: string; manifestFile: string }): Promise<void> {
    const { lanes, log } = this.#parts;
    const change = (changes: Partial<CoachState>) => {
      live.state = { ...live.state, ...changes };
      for (const wake of [...live.waiting]) wake();
    };
    let end: Partial<CoachState>;
    try {
      await this.#store(projectId, live.state);
      const job = { kind: 'coach', ...source, config: live.state.config, thumbnailCount: 0 } as const;
      const { report } = await lanes.heavy(projectId, job, {
        onStart: () => change({ status: 'running' }),
        onEvent: (event) => change(changesOf(event, live.state)),
        stopSignal: live.stop.signal,
        signal: live.kill.signal,
      });
      end = { status: 'finished', report };
    } catch (error) {
      const isCancelled = error instanceof EngineError && error.code === 'run/cancelled';
      const { code, message } = toWireError(error);
      end = isCancelled ? { status: 'stopped' } : { status: 'failed', problem: { code, message } };
      if (!isCancelled) log.error(`The coach of project ${projectId} failed`, error);
    }
    const over = { ...end, progress: null, running: null };
    if (!this.#isClosing && !live.kill.signal.aborted)
      await this.#store(projectId, { ...live.state, ...over }).catch((error: unknown) =>
        log.error(`What the coach of project ${projectId} found could not be kept`, error),
      );
    change(over); // who hears of the end finds it on the disk
  }

  #fileOf(projectId: string): string {
    return join(this.#parts.projects.folderOf(projectId), 'coach.json');
  }

  async #store(projectId: string, state: CoachState): Promise<void> {
    const file: z.infer<typeof coachFile> = { version: 1, state };
    await writeFileDurably(this.#fileOf(projectId), JSON.stringify(file));
  }

  /** A report that cannot be read is none: asking the coach again costs seconds. */
  async #stored(projectId: string): Promise<CoachState | null> {
    const text = await readTextIfThere(this.#fileOf(projectId));
    if (text === null) return null;
    try {
      const { state } = coachFile.parse(JSON.parse(text));
      return isOver(state) ? state : { ...state, ...INTERRUPTED };
    } catch (error) {
      this.#parts.log.error(`What the coach of project ${projectId} found cannot be read and is left out`, error);
      return null;
    }
  }
}

const EMPTY = { status: 'queued', progress: null, running: null, report: null, problem: null } as const;

const INTERRUPTED: Partial<CoachState> = {
  status: 'interrupted',
  problem: { code: 'run/interrupted', message: 'Fovea was closed while the coach was at work. Ask it again.' },
};

function isOver({ status }: CoachState): boolean {
  return status !== 'queued' && status !== 'running';
}

function changesOf(event: WorkerEvent, { steps }: CoachState): Partial<CoachState> {
  if (event.type === 'stage') {
    const { stage, total } = event;
    return { progress: total === null ? null : { stage, done: 0, total } };
  }
  if (event.type === 'progress') return { progress: { stage: event.stage, done: event.done, total: event.total } };
  if (event.type === 'coach-start') return { progress: null, running: event.step };
  return event.type === 'coach-step' ? { running: null, steps: [...steps, event.step] } : {};
}

function changeOf({ waiting }: Live, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      waiting.delete(wake);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    waiting.add(wake);
    signal?.addEventListener('abort', wake);
  });
}
