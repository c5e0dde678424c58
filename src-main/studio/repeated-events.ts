import { isDeepStrictEqual } from 'node:util';
import type { RunEvent, WorkerEvent } from '../contract/events.ts';

/**
 * Leaves out what a run that goes on tells a second time, so that its events hold each epoch once. It begins at its last checkpoint, some
 * epochs before the last that it told of, or anew where there was none, and reaches the same values again (byte for byte on the CPU).
 *
 * Stages and their progress are told as they are gone through again.
 *
 * @param earlier  what the run has told so far.
 * @returns        whether an event is new.
 */
export function createRepeatFilter(earlier: readonly RunEvent[]): (event: WorkerEvent) => boolean {
  const told = earlier.map(({ event }) => event);
  const lastEpoch = Math.max(0, ...told.map((event) => (event.type === 'epoch' ? event.epoch : 0)));
  const diagnosed = new Set(told.flatMap((event) => (event.type === 'diagnostics' ? [momentOf(event)] : [])));
  const skipped = new Set(told.flatMap((event) => (event.type === 'skipped' ? [event.file.path] : [])));
  const backends = told.filter((event) => event.type === 'backend');
  const hasCost = told.some(({ type }) => type === 'cost');
  const hasWatched = told.some(({ type }) => type === 'watched');
  return (event) => {
    if (event.type === 'epoch') return event.epoch > lastEpoch;
    if (event.type === 'diagnostics') return !diagnosed.has(momentOf(event));
    if (event.type === 'skipped') return !skipped.has(event.file.path);
    if (event.type === 'backend') return !backends.some((known) => isDeepStrictEqual(known, event));
    if (event.type === 'watched') return !hasWatched;
    return !(event.type === 'cost' && hasCost);
  };
}

function momentOf({ phase, epoch, step }: Extract<WorkerEvent, { type: 'diagnostics' }>): string {
  return `${phase}/${epoch}/${step}`;
}
