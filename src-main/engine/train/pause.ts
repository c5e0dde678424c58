import { EngineError } from '../../contract/errors.ts';

/**
 * Whether a training is stopped in order to be gone on with: its signal says so by its reason, `run/paused`. Any other reason ends it with
 * what it has.
 */
export function isPaused(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && signal.reason instanceof EngineError && signal.reason.code === 'run/paused';
}

/** @throws EngineError `run/paused` if that is why the signal was aborted */
export function throwIfPaused(signal: AbortSignal | undefined): void {
  if (isPaused(signal)) signal?.throwIfAborted();
}
