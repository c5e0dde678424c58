import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { decodeImage, type Decoded } from './decode.ts';

export interface DecodeAheadOptions {
  /** Side of the square that each picture becomes. */
  readonly sizePx: number;
  readonly signal?: AbortSignal;
  /** Pictures decoded at the same time; default: one a core. */
  readonly concurrency?: number;
}

/**
 * Decodes files ahead of whoever consumes them, and hands them over in their order. At most `2 · concurrency` decoded
 * pictures exist at a time, however slow the consumer is; a consumer that stops early leaves nothing running behind
 * but the decodes that had begun.
 *
 * @throws the signal's reason, at once, on an abort.
 */
export async function* decodeAhead(
  files: readonly string[],
  { sizePx, signal, concurrency = availableParallelism() }: DecodeAheadOptions,
): AsyncGenerator<{ readonly index: number; readonly decoded: Decoded }, void, undefined> {
  const limit = pLimit(concurrency);
  const aborted = rejectOnAbort(signal);
  const ahead: Promise<Decoded>[] = [];
  let next = 0;
  try {
    for (let index = 0; index < files.length; index++) {
      signal?.throwIfAborted();
      for (; next < files.length && ahead.length < 2 * concurrency; next++) {
        const file = files[next] ?? '';
        ahead.push(limit(() => decodeImage(file, sizePx)));
      }
      const first = ahead.shift();
      if (first !== undefined) yield { index, decoded: await Promise.race([first, aborted.promise]) };
    }
  } finally {
    limit.clearQueue();
    aborted.dispose();
  }
}

/** A promise that never resolves, and rejects with the signal's reason. */
function rejectOnAbort(signal: AbortSignal | undefined): { promise: Promise<never>; dispose: () => void } {
  let dispose = () => {};
  const promise = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    dispose = () => signal?.removeEventListener('abort', onAbort);
  });
  promise.catch(() => {}); // an abort between two pictures is thrown by throwIfAborted
  return { promise, dispose };
}
