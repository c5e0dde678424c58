/**
 * Everything that can go wrong in a way the user can act on, by code.
 * The engine throws it, workers send it, the server answers with it, the page words it.
 */
export const ERROR_CODES = [
  'backbone/missing',
  'backbone/unknown',
  'backbone/corrupt',
  'backbone/changed',
  'backbone/unreachable',
  'backbone/unreadable',
  'backbone/no-such-cut',
  'cache/corrupt',
  'cache/too-small',
  'compute/no-backend',
  'compute/out-of-memory',
  'dataset/not-found',
  'dataset/not-a-folder',
  'dataset/unreadable',
  'dataset/empty',
  'dataset/one-class',
  'dataset/too-few-images',
  'dataset/class-not-found',
  'dataset/picture-not-found',
  'dataset/bad-name',
  'dataset/name-taken',
  'dataset/last-class',
  'dataset/no-such-edit',
  'export/uncalibrated',
  'export/unsupported',
  'export/target-exists',
  'export/target-unwritable',
  'image/unreadable',
  'model/not-found',
  'model/corrupt',
  'project/not-found',
  'project/corrupt',
  'project/bad-path',
  'project/read-only',
  'request/refused',
  'run/busy',
  'run/cancelled',
  'run/crashed',
  'run/diverged',
  'run/interrupted',
  'run/not-found',
  'run/not-resumable',
  'run/paused',
  'session/refused',
  'setting/out-of-range',
  'storage/full',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Values that a message was built from, so that another language can build it again. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

/** The only error form that crosses a process boundary. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

/**
 * A failure that the user can act on. The message says what was received, what was expected and how to fix it.
 * Anything else that escapes the engine is a bug.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Unknown errors cross as `internal`: their stack belongs in the log, which the caller writes. */
export function toWireError(error: unknown): WireError {
  if (error instanceof EngineError) return { code: error.code, message: error.message, details: error.details };
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    return {
      code: 'storage/full',
      message: 'The disk is full. Free some space and try again; nothing that was finished is lost.',
      details: {},
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message: `Something went wrong inside Fovea: ${reason}`, details: {} };
}

export function fromWireError(error: WireError): EngineError {
  return new EngineError(error.code, error.message, error.details);
}
