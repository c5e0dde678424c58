// @ts-check
/** One pinned file over HTTPS: goes on where an earlier attempt stopped, and is there only when its SHA-256 is right. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { isPinned } from './hash.js';

/** No answer, or no byte, for this long counts as unreachable. */
const SILENCE_MS = 10_000;
const MAX_REDIRECTS = 5;
/** Attempts after a connection that broke in the middle; one that never answered is not tried again. */
const MAX_ATTEMPTS = 4;

/**
 * @param {string} url
 * @param {string} target
 * @param {{ readonly sha256: string, readonly bytes: number }} pin
 * @param {{ onBytes?: (done: number) => void, silenceMs?: number }} [options]  `onBytes` gets the bytes there so far
 * @throws Error that says in words why the file could not be had
 */
export async function downloadPinned(url, target, pin, { onBytes = () => {}, silenceMs = SILENCE_MS } = {}) {
  const partial = `${target}.partial`;
  await mkdir(path.dirname(target), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    let hasMoved = false;
    if ((await sizeOf(partial)) > pin.bytes) await rm(partial, { force: true });
    const watch = (/** @type {number} */ done) => {
      hasMoved = true;
      onBytes(done);
    };
    try {
      if ((await sizeOf(partial)) < pin.bytes || pin.bytes === 0)
        await fetchRest(url, partial, pin.bytes, watch, silenceMs);
      break;
    } catch (error) {
      if (!hasMoved || attempt === MAX_ATTEMPTS)
        throw new Error(`${new URL(url).host}: ${reasonOf(error)}`, { cause: error });
    }
  }
  if (!(await isPinned(partial, pin))) {
    await rm(partial, { force: true });
    throw new Error(`${url} is not the expected file (its SHA-256 differs from the pinned one)`);
  }
  await rename(partial, target);
}

/** @param {string} file */
async function sizeOf(file) {
  const found = await stat(file).catch(() => null);
  return found?.size ?? 0;
}

/**
 * @param {string} url
 * @param {string} partial
 * @param {number} total
 * @param {(done: number) => void} onBytes
 * @param {number} silenceMs
 */
async function fetchRest(url, partial, total, onBytes, silenceMs) {
  const from = await sizeOf(partial);
  const response = await request(url, from, silenceMs, MAX_REDIRECTS);
  const isRest = response.statusCode === 206;
  let done = isRest ? from : 0;
  const file = openSync(partial, isRest ? 'a' : 'w');
  try {
    // Written at once: a stream in between would lose what it holds when the connection breaks.
    response.on('data', (/** @type {Buffer} */ piece) => {
      try {
        writeSync(file, piece);
        done += piece.length;
        if (done > total) throw new Error('more bytes came than the file has');
        onBytes(done);
      } catch (error) {
        response.destroy(/** @type {Error} */ (error));
      }
    });
    await finished(response);
  } finally {
    closeSync(file);
  }
  if (done < total) throw new Error(`the connection ended after ${done} of ${total} bytes`);
}

/**
 * @param {string} url
 * @param {number} from
 * @param {number} silenceMs
 * @param {number} redirects
 * @returns {Promise<http.IncomingMessage>}
 */
function request(url, from, silenceMs, redirects) {
  return new Promise((resolve, reject) => {
    const { get } = url.startsWith('https:') ? https : http;
    const headers = from > 0 ? { range: `bytes=${from}-` } : {};
    const sent = get(url, { headers, timeout: silenceMs }, (response) => {
      const { statusCode = 0 } = response;
      const { location } = response.headers;
      if (statusCode === 200 || statusCode === 206) return resolve(response);
      response.resume();
      if (statusCode >= 300 && statusCode < 400 && location && redirects > 0) {
        const next = new URL(location, url);
        if (url.startsWith('https:') && next.protocol !== 'https:')
          return reject(new Error('redirected to plain HTTP'));
        return resolve(request(next.href, from, silenceMs, redirects - 1));
      }
      reject(new Error(`answered with HTTP status ${statusCode}`));
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${silenceMs / 1000} s`)));
    sent.once('error', reject);
  });
}

/** @param {unknown} error */
function reasonOf(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'its address could not be looked up (no network, or a firewall)';
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  if (code === 'ENOSPC') return 'the disk is full';
  return message || String(code ?? 'the connection failed');
}
