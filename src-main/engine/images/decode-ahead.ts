import pLimit from 'p-limit';
import { decodeImage, type Decoded } from './decode.ts';

interface AheadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Pictures under way at the same time. */
  readonly concurrency?: number;
}

export interface DecodeAheadOptions extends AheadOptions {
  /** Side of the square that each picture becomes. */
  readonly sizePx: number;
}

/**
 * Far more than cores: whoever runs the pictures through a network holds this thread for 30 to 100 ms at a time, in which
 * nothing new can begin, so the decoders' own threads (libuv has four) must have enough before them. 397 photographs
 * through decoder and trunk on 2 cores, a picture: 10.5 ms with 2, 8.4 with 8, 7.6 with 16 and with 32.
 */
const CONCURRENCY = 16;

/**
 * Decodes files ahead of whoever consumes them, and hands them over in their order. At most `2 · concurrency` decoded
 * pictures exist at a time, however slow the consumer is; a consumer that stops early leaves nothing running behind
 * but the decodes that had begun.
 *
 * @throws the signal's reason, at once, on an abort.
 */
export function decodeAhead(
  files: readonly string[],
  { sizePx, ...options }: DecodeAheadOptions,
): AsyncGenerator<{ readonly index: number; readonly decoded: Decoded }, void, undefined> {
  return readAhead(files, (file) => decodeImage(file, sizePx), options);
}

/** As `decodeAhead`, with a decoder of choice, which must not throw for a bad picture. */
export async function* readAhead<T>(
  files: readonly string[],
  decode: (file: string) => Promise<T>,
  { signal, concurrency = CONCURRENCY }: AheadOptions = {},
): AsyncGenerator<{ readonly index: number; readonly decoded: T }, void, undefined> {
  const limit = pLimit(concurrency);
  const ahead: Promise<T>[] = [];
  let next = 0;
  try {
    for (let index = 0; index < files.length; index++) {
      signal?.throwIfAborted();
      for (; next < files.length && ahead.length < 2 * concurrency; next++) {
        const file = files[next] ?? '';
        ahead.push(limit(() => decode(file)));
      }
      const first = ahead.shift();
      if (first !== undefined) yield { index, decoded: await orAbort(first, signal) };
    }
  } finally {
    limit.clearQueue();
  }
}

/**
 * Waits for a picture, and no longer than until an abort.
 *
 * Not Promise.race with one promise that rejects on the abort: that holds on to every picture it was raced against, for as
 * long as the sequence goes on (20,000 pictures took 3 GB).
 */
function orAbort<T>(picture: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return picture;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error); // whatever it is, it is what the caller waits for
    signal.addEventListener('abort', onAbort, { once: true });
    picture.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
