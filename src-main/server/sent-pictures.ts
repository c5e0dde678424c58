/** The pictures of a `POST /predict`: a raw body, or the files of a form. */
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { RequestError } from './problem.ts';

/** Files of one form; more is better sent as several requests, which run together all the same. */
export const MOST_FILES = 64;

/** What else a form may hold, such as the value of its button. */
const MOST_FIELDS = 32;
const FIELD_BYTES = 1024;

/** Room of a form's own lines between its pictures. */
const FORM_BYTES = 64 * 1024;

export interface SentPicture {
  /** Name of the file in the form, without folders; null for a raw body, or where the form gives none. */
  readonly file: string | null;
  /** Null where it is larger than a picture may be. */
  readonly bytes: Buffer | null;
}

export interface SizeLimits {
  readonly pictureBytes: number;
  /** All pictures of a form together. */
  readonly formBytes: number;
}

/** How a body is read, and the most bytes that it may have. */
export interface BodyPlan {
  readonly isForm: boolean;
  readonly mostBytes: number;
}

/**
 * How to read a body, by its headers alone.
 *
 * @throws RequestError 415 for a type that is neither picture nor form, 413 for a length above the limit
 */
export function planBody({ headers }: IncomingMessage, limits: SizeLimits): BodyPlan {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw unsupported(`The body is compressed (content-encoding: ${encoding}). Send pictures as they are.`);
  const isForm = type === 'multipart/form-data';
  if (!isForm && !type.startsWith('image/') && type !== 'application/octet-stream')
    throw unsupported(
      `The content-type is "${type}". Send a picture as image/jpeg (or another image type, or application/octet-stream), or files as multipart/form-data.`,
    );
  const mostBytes = isForm ? limits.formBytes + FORM_BYTES : limits.pictureBytes;
  if (Number(headers['content-length'] ?? 0) > mostBytes) throw tooLarge(mostBytes);
  return { isForm, mostBytes };
}

/**
 * Reads the pictures of a request. Its connection stays usable, whatever was wrong with the body.
 *
 * @throws RequestError 400 for a malformed or empty body, 413 for one above the limits
 */
export async function readPictures(
  request: IncomingMessage,
  { isForm, mostBytes }: BodyPlan,
  limits: SizeLimits,
): Promise<SentPicture[]> {
  const pictures = isForm ? await readForm(request, mostBytes, limits) : [await readRaw(request, mostBytes)];
  if (pictures.length === 0) throw malformed('The form holds no file. Send at least one, with a file name.');
  return pictures;
}

async function readRaw(request: IncomingMessage, mostBytes: number): Promise<SentPicture> {
  const chunks: Buffer[] = [];
  for await (const chunk of upTo(mostBytes, request)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) throw malformed('The body is empty. Send the bytes of a picture.');
  return { file: null, bytes };
}

async function readForm(request: IncomingMessage, mostBytes: number, limits: SizeLimits): Promise<SentPicture[]> {
  const pictures: SentPicture[] = [];
  const form = openForm(request, limits.pictureBytes);
  form.on('file', (_field, stream: BusboyFileStream, name: string | undefined) => {
    const chunks: Buffer[] = [];
    const place = pictures.push({ file: name || null, bytes: null }) - 1;
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (error) => form.destroy(error)); // the body ends within the file
    stream.on('end', () => {
      if (!stream.truncated) pictures[place] = { file: name || null, bytes: Buffer.concat(chunks) };
    });
  });
  let hasTooMany = false;
  for (const limit of ['filesLimit', 'fieldsLimit'] as const) form.on(limit, () => (hasTooMany = true));
  try {
    await pipeline(upTo(mostBytes, request), form);
  } catch (error) {
    throw error instanceof RequestError ? error : malformedForm(error);
  }
  if (hasTooMany)
    throw new RequestError(
      413,
      'request/refused',
      `The form holds more than ${MOST_FILES} files, or more than ${MOST_FIELDS} other fields. Send several requests.`,
    );
  return pictures;
}

function openForm({ headers }: IncomingMessage, pictureBytes: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': headers['content-type'] ?? '' },
      isPartAFile: (_field, type, name) =>
        name !== undefined || type === 'application/octet-stream' || type?.startsWith('image/') === true,
      limits: {
        fileSize: pictureBytes,
        files: MOST_FILES,
        fields: MOST_FIELDS,
        fieldSize: FIELD_BYTES,
        headerPairs: 32,
      },
    });
  } catch (error) {
    throw malformedForm(error);
  }
}

/** A body as it comes. It is left open on a failure: with its stream the connection would end, and the answer with it. */
async function* upTo(mostBytes: number, body: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  let sizeBytes = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > mostBytes) throw tooLarge(mostBytes);
    yield chunk;
  }
}

function tooLarge(mostBytes: number): RequestError {
  const message = `The body is larger than ${mostBytes} bytes, the most that is taken. Send smaller pictures, or fewer at once; --max-bytes of "fovea serve-model" raises the limit.`;
  return new RequestError(413, 'request/refused', message);
}

function unsupported(message: string): RequestError {
  return new RequestError(415, 'request/refused', message);
}

function malformedForm(error: unknown): RequestError {
  return malformed(`The form cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
}

function malformed(message: string): RequestError {
  return new RequestError(400, 'request/refused', message);
}
