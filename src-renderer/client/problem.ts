/** What went wrong, in the one form that the page shows. */
import { ORPCError } from '@orpc/client';
import { ERROR_CODES, type ErrorCode } from '../../src-main/contract/errors.ts';

export interface Problem {
  /** `connection/lost` (no answer came at all) and `import/refused` are the page's own. */
  readonly code: ErrorCode | 'connection/lost' | 'import/refused';
  /** In English, from where it happened; the page words it anew where it can. What the page refuses itself is in its language. */
  readonly message: string;
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return ERROR_CODES.some((code) => code === value);
}

/** Cancelling is not failing: such errors have nothing to show. */
export function isCancelled(error: unknown): boolean {
  return (error instanceof DOMException && error.name === 'AbortError') || codeOf(error) === 'run/cancelled';
}

export function toProblem(error: unknown): Problem {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code !== null) return { code, message };
  if (error instanceof ProblemError && error.code === 'import/refused') return { code: error.code, message };
  // fetch rejects with a TypeError where there was no answer
  if (error instanceof TypeError) return { code: 'connection/lost', message };
  return { code: 'internal', message };
}

function codeOf(error: unknown): ErrorCode | null {
  if (error instanceof ProblemError) return isErrorCode(error.code) ? error.code : null;
  if (!(error instanceof ORPCError)) return null;
  const data: unknown = error.data;
  if (typeof data === 'object' && data !== null && 'code' in data && isErrorCode(data.code)) return data.code;
  return error.status === 401 || error.status === 403 ? 'session/refused' : null;
}

/** A problem as something to throw, for what does not come through the contract: uploads. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly code: string | null,
    message: string,
  ) {
    super(message);
  }
}
