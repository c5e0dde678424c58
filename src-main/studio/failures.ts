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

/** Input that the contract's schema refuses: which setting, its value, and what is allowed. */
function refusedInput(error: ORPCError<string, unknown>): WireError | null {
  if (error.code !== 'BAD_REQUEST' || !(error.cause instanceof ValidationError)) return null;
  const { issues, data } = error.cause;
  const refusals = issues.map(({ path = [], message: allowed }) => {
    const names = path.map((part) => String(typeof part === 'object' ? part.key : part));
    return { setting: names.join('.'), value: JSON.stringify(valueAt(data, names) ?? null), allowed };
  });
  const words = refusals.map(({ setting, value, allowed }) =>
    setting === '' ? allowed : `${setting} ${value} cannot be used: ${allowed}`,
  );
  const message = `A setting is out of its range. ${words.join('; ')}.`;
  return toWireError(new EngineError('setting/out-of-range', message, refusals[0]));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (within, name) =>
      typeof within === 'object' && within !== null
        ? Object.entries(within).find(([key]) => key === name)?.[1]
        : undefined,
    value,
  );
}
