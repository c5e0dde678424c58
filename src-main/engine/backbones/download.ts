/** One file over HTTP: goes on where an earlier attempt stopped, and is there only when it is whole. */
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { get as getPlainly, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { get as getSecurely } from 'node:https';
import { finished } from 'node:stream/promises';
import { z } from 'zod';
import { EngineError } from '../../contract/errors.ts';
import { isErrno, readTextIfThere } from '../../system/durable-file.ts';

export interface DownloadOptions {
  /** Gets the bytes there so far, and all that there will be, where the host says it. */
  readonly onBytes?: (done: number, total: number | null) => void;
  /** More than this is refused. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
  /** No answer, or no byte, for this long counts as unreachable. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 20_000;
/** A hub sends on to the host of its files over two or three others. */
const MAX_REDIRECTS = 10;
/** Attempts after a connection that broke in the middle; one that never answered is not tried again. */
const MAX_ATTEMPTS = 4;

/** Beside a part of a file: of what it is a part. */
const partState = z.object({ url: z.string(), validator: z.string(), totalBytes: z.int().nullable() });
type PartState = z.infer<typeof partState>;

/**
 * Brings a file. What was there of it before is gone on from if the host can prove, by its ETag or date, that it still has
 * the same file; otherwise it begins anew.
 *
 * @param url     http or https. No other host is asked than this one and those that it sends on to.
 * @param target  the file; beside it lie `.partial` and `.partial.json` until it is whole.
 * @throws EngineError `backbone/unreachable` in words; `run/cancelled` by the signal; the system's error where the disk refuses.
 */
export async function download(url: string, target: string, options: DownloadOptions = {}): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    let hasMoved = false;
    const onBytes = (done: number, total: number | null) => {
      hasMoved = true;
      options.onBytes?.(done, total);
    };
    try {
      await fetchRest(url, target, { ...options, onBytes });
      break;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isFinal(error)) throw error;
      if (!hasMoved || attempt === MAX_ATTEMPTS) throw unreachable(url, reasonOf(error), error);
    }
  }
  await rename(`${target}.partial`, target);
  await rm(`${target}.partial.json`, { force: true });
}

async function fetchRest(url: string, target: string, options: DownloadOptions): Promise<void> {
  const { maxBytes = Infinity } = options;
  const partial = `${target}.partial`;
  const state = await readState(target, url);
  const from = state === null ? 0 : await sizeOf(partial);
  if (state !== null && from === state.totalBytes) return; // whole, but its last step was cut short
  const rest = from > 0 && state ? { range: `bytes=${from}-`, 'if-range': state.validator } : {};
  const response = await request(url, rest, options);
  const total = totalOf(response);
  const isRest = response.statusCode === 206 && startOf(response) === from && state?.totalBytes === total;
  if (response.statusCode !== 200 && !isRest) {
    response.destroy();
    await rm(`${partial}.json`, { force: true });
    throw new Error('the host answered with another part of the file than the one asked for');
  }
  if ((total ?? 0) > maxBytes) {
    response.destroy();
    throw refused(url, `has ${total} bytes; at most ${maxBytes} are expected`);
  }
  // Without a pause from here on: what arrives while nobody listens is lost if the connection breaks.
  if (!isRest) writeState(target, { url, validator: validatorOf(response), totalBytes: total });
  const done = await writeBody(response, partial, { ...options, url, maxBytes, start: isRest ? from : 0, total });
  if (total !== null && done !== total) throw new Error(`the connection ended after ${done} of ${total} bytes`);
}

interface Body extends DownloadOptions {
  readonly url: string;
  readonly maxBytes: number;
  /** Bytes that are there already. */
  readonly start: number;
  readonly total: number | null;
}

/** Appends what comes. Written at once: a stream in between would lose what it holds when the connection breaks. */
async function writeBody(response: IncomingMessage, file: string, body: Body): Promise<number> {
  const { url, start, total, maxBytes, onBytes } = body;
  const handle = openSync(file, start > 0 ? 'a' : 'w');
  let done = start;
  try {
    response.on('data', (piece: Buffer) => {
      try {
        for (let at = 0; at < piece.length;) at += writeSync(handle, piece, at); // a disk that fills up takes a part first
        done += piece.length;
        if (done > maxBytes) throw refused(url, `has more than the ${maxBytes} bytes that are expected`);
        onBytes?.(done, total);
      } catch (error) {
        response.destroy(error as Error); // as: fs and we throw nothing else
      }
    });
    await finished(response);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return done;
}

/** Follows redirects, none from https to http. */
async function request(url: string, headers: OutgoingHttpHeaders, options: DownloadOptions): Promise<IncomingMessage> {
  let at = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await ask(at, headers, options);
    const { statusCode = 0, headers: answered } = response;
    if ([200, 206, 416].includes(statusCode)) return response;
    response.resume();
    if (statusCode < 300 || statusCode >= 400 || answered.location === undefined)
      throw refused(url, `was answered with HTTP status ${statusCode}`);
    const next = new URL(answered.location, at);
    if (next.protocol !== 'https:' && !(next.protocol === 'http:' && at.startsWith('http:')))
      throw refused(url, `sends on to ${next.protocol}//${next.host}, which is not secure`);
    at = next.href;
  }
  throw refused(url, `sends on more than ${MAX_REDIRECTS} times`);
}

function ask(url: string, headers: OutgoingHttpHeaders, options: DownloadOptions): Promise<IncomingMessage> {
  const { silenceMs = SILENCE_MS, signal } = options;
  const get = url.startsWith('https:') ? getSecurely : getPlainly;
  return new Promise((resolve, reject) => {
    const sent = get(url, { headers, timeout: silenceMs, ...(signal ? { signal } : {}) }, resolve);
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${silenceMs / 1000} s`)));
    sent.once('error', reject);
  });
}

/** A file whose host gives no proof of sameness is not gone on from: its validator is empty. */
function validatorOf({ headers }: IncomingMessage): string {
  const { etag = '' } = headers;
  if (etag !== '' && !etag.startsWith('W/')) return etag;
  return headers['last-modified'] ?? '';
}

function startOf({ headers }: IncomingMessage): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? -1);
}

function totalOf({ statusCode, headers }: IncomingMessage): number | null {
  const length = statusCode === 206 ? /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] : headers['content-length'];
  return length === undefined ? null : Number(length);
}

/** Null where there is no part, or none that can be gone on from. */
async function readState(target: string, url: string): Promise<PartState | null> {
  const text = await readTextIfThere(`${target}.partial.json`);
  if (text === null) return null;
  const state = partState.safeParse(parseOrNull(text)).data;
  return state === undefined || state.url !== url || state.validator === '' ? null : state;
}

/** A note that was cut short says nothing: the file begins anew. */
function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function writeState(target: string, state: PartState): void {
  writeFileSync(`${target}.partial.json`, JSON.stringify(state));
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0, // absent
  );
}

/** What another attempt would meet again: a host's "no", a disk that refuses. */
function isFinal(error: unknown): boolean {
  return error instanceof EngineError || isErrno(error, 'ENOSPC', 'EACCES', 'EROFS', 'EDQUOT', 'EIO', 'ENOENT');
}

function refused(url: string, what: string): EngineError {
  return new EngineError('backbone/unreachable', `${url} ${what}. Check the address, or try again later.`, { url, reason: what }); // prettier-ignore
}

function unreachable(url: string, reason: string, cause: unknown): EngineError {
  const { host } = new URL(url);
  return new EngineError(
    'backbone/unreachable',
    `${url} could not be had from ${host}: ${reason}. Try again when the network reaches it; what has come so far is gone on from. Or add a folder that holds the model.`,
    { url, reason },
    { cause },
  );
}

function reasonOf(error: unknown): string {
  if (isErrno(error, 'ENOTFOUND', 'EAI_AGAIN')) return 'its address could not be looked up (no network, or a firewall)';
  if (isErrno(error, 'ECONNREFUSED')) return 'the connection was refused';
  return error instanceof Error && error.message !== '' ? error.message : 'the connection failed';
}
