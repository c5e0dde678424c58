import type { ServerResponse } from 'node:http';
import type { ErrorCode, WireError } from '../contract/errors.ts';

/** HTTP statuses of failures outside `/rpc`; what is not listed is answered with 422. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  'image/unreadable': 415,
  internal: 500,
  'project/bad-path': 400,
  'project/not-found': 404,
  'run/not-found': 404,
  'session/refused': 403,
  'storage/full': 507,
};

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) {
    response.destroy(); // half an answer must not look like a whole one
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

/** A failure as `{ code, message, details }`, the form that the page knows from `/rpc`. */
export function sendFailure(response: ServerResponse, error: WireError, status = STATUS[error.code] ?? 422): void {
  sendJson(response, status, error);
}

export function sendNotFound(response: ServerResponse, message: string): void {
  sendFailure(response, { code: 'project/not-found', message, details: {} }, 404);
}
