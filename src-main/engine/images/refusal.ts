import { skipReasons } from '../../contract/skip-reasons.ts';
import { LIMITS } from './recipe.ts';

/** Why a file cannot be used, in plain words: a value, because one bad picture must not end the work on the others. */
export interface Refusal {
  readonly ok: false;
  readonly reason: string;
}

export function refuse(reason: string): Refusal {
  return { ok: false, reason };
}

export const TRUNCATED = skipReasons.say('truncated');
export const DAMAGED = skipReasons.say('damaged');

/** Null where the size is fine. */
export function refuseSize(width: number, height: number): Refusal | null {
  const pixelCount = width * height;
  if (!(pixelCount > 0)) return refuse(skipReasons.say('damaged-size', { width, height }));
  if (pixelCount > LIMITS.pixelCount) {
    return refuse(skipReasons.say('many-pixels', { width, height, limit: LIMITS.pixelCount / 1e6 }));
  }
  if (Math.max(width, height) > LIMITS.sidePx) {
    return refuse(skipReasons.say('long-side', { width, height, limit: LIMITS.sidePx.toLocaleString('en') }));
  }
  return null;
}

const SYSTEM_REASONS: Readonly<Record<string, Parameters<typeof skipReasons.say>[0]>> = {
  EACCES: 'no-permission',
  EPERM: 'no-permission',
  ENOENT: 'gone',
  ENOTDIR: 'gone',
  ELOOP: 'link-circle',
  ENAMETOOLONG: 'long-path',
  EISDIR: 'folder',
  EIO: 'disk-error',
  EBUSY: 'locked',
};

/** Words for a failure of the file system. */
export function explainSystemError(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = SYSTEM_REASONS[code];
  return known === undefined ? skipReasons.say('system', { answer: code || String(error) }) : skipReasons.say(known);
}

/**
 * What libvips says, and what it means to the user. Its messages are lines of the format libraries, so the patterns
 * name what those have in common; what matches none is damage of some other kind.
 */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/timeout/i, skipReasons.say('too-slow', { seconds: LIMITS.seconds })],
  [/unsupported image format/i, DAMAGED], // sharp's words for a header that no loader takes; ours knew the format
  [/not been built in|not configured|not supported|unsupported/i, skipReasons.say('rare-variant')],
  [/channels? limit|too many (channels|bands)|samples out of range/i, skipReasons.say('many-channels')],
  [/out of memory|unable to (malloc|allocate)/i, skipReasons.say('no-memory')],
  [/premature|truncat|unexpected end|end of (file|data|stream|source)|short read|bad seek|not enough/i, TRUNCATED],
];

/** Words for a failure inside a decoder. */
export function explainDecodeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return MEANINGS.find(([pattern]) => pattern.test(message))?.[1] ?? DAMAGED;
}
