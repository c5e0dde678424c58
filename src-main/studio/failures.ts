import { ORPCError, ValidationError } from '@orpc/server';
import { EngineError, toWireError, type WireError } from '../contract/errors.ts';
import type { Log } from './log.ts';

/** Makes of anything thrown what may cross to the page; a bug's stack goes to the log. @param where  the procedure */
export function toFailure(error: unknown, where: string, log: Log): WireError {
  const refused = error instanceof ORPCError ? refusedInput(error) : null;
  if (refused !== null) return refused;
  const wire = toWireError(error);
  if (wire.code === 'internal') log.error(`${where} failed`, error);
  return wire;
}

/** Input that the contract's schema refuses, in the words of the schema. */
function refusedInput(error: ORPCError<string, unknown>): WireError | null {
  if (error.code !== 'BAD_REQUEST' || !(error.cause instanceof ValidationError)) return null;
  const issues = error.cause.issues.map(({ path = [], message }) => {
    const setting = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
    return setting === '' ? message : `${setting}: ${message}`;
  });
  const message = `A setting is out of its range. ${issues.join('; ')}.`;
  return toWireError(new EngineError('setting/out-of-range', message));
}
