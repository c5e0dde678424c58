import { STATUS_CODES, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { EngineError, toWireError, type ErrorCode } from '../contract/errors.ts';
import type { ProblemBody, SkippedPicture } from '../contract/model-service.ts';
import type { Log } from '../studio/log.ts';

/** A request that is answered with a status of its own. */
export class RequestError extends EngineError {
  constructor(
    readonly status: number,
    code: ErrorCode,
    message: string,
    readonly more: { readonly headers?: OutgoingHttpHeaders; readonly skipped?: readonly SkippedPicture[] } = {},
  ) {
    super(code, message);
  }
}

/** Answers with a failure as RFC 9457 has it; a bug's stack goes to the log. */
export function sendProblem(response: ServerResponse, error: unknown, log: Log): void {
  const { code, message } = toWireError(error);
  if (code === 'internal') log.error('A request failed', error);
  const { status, more } = error instanceof RequestError ? error : { status: 500, more: {} };
  if (response.headersSent) {
    response.destroy(); // half an answer must not look like a whole one
    return;
  }
  const body: ProblemBody = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    code,
    ...(more.skipped === undefined ? {} : { skipped: [...more.skipped] }),
  };
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...more.headers,
  });
  response.end(text);
}
