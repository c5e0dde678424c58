import { LIMITS } from './recipe.ts';

/** Why a file cannot be used, in plain words: a value, because one bad picture must not end the work on the others. */
export interface Refusal {
  readonly ok: false;
  readonly reason: string;
}

export function refuse(reason: string): Refusal {
  return { ok: false, reason };
}

export const TRUNCATED = 'truncated: the file ends before the picture does';
export const DAMAGED = 'damaged: the picture data cannot be decoded';

/** Null where the size is fine. */
export function refuseSize(width: number, height: number): Refusal | null {
  const [pixelCount, size] = [width * height, `${width}×${height} pixels`];
  if (!(pixelCount > 0)) return refuse(`damaged: its header says ${size}`);
  if (pixelCount > LIMITS.pixelCount) {
    return refuse(`too large: ${size}; the limit is ${LIMITS.pixelCount / 1e6} megapixels`);
  }
  if (Math.max(width, height) > LIMITS.sidePx) {
    return refuse(`too large: ${size}; the limit is ${LIMITS.sidePx.toLocaleString('en')} pixels a side`);
  }
  return null;
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'unreadable: permission denied',
  EPERM: 'unreadable: permission denied',
  ENOENT: 'unreadable: no such file',
  ENOTDIR: 'unreadable: no such file',
  ELOOP: 'unreadable: a link that leads back to itself',
  ENAMETOOLONG: 'unreadable: its path is too long for this system',
  EISDIR: 'not a picture: a folder',
  EIO: 'unreadable: the disk reports an error',
  EBUSY: 'unreadable: another program has locked it',
};

/** Words for a failure of the file system. */
export function explainSystemError(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SYSTEM_REASONS[code] ?? `unreadable: the system answers ${code || String(error)}`;
}

/**
 * What libvips says, and what it means to the user. Its messages are lines of the format libraries, so the patterns
 * name what those have in common; what matches none is damage of some other kind.
 */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/timeout/i, `too slow: not decoded within ${LIMITS.seconds} seconds`],
  [/unsupported image format/i, DAMAGED], // sharp's words for a header that no loader takes; ours knew the format
  [
    /not been built in|not configured|not supported|unsupported/i,
    'unsupported format: a rare variant that cannot be read; save it as JPEG or PNG',
  ],
  [/channels? limit|too many (channels|bands)|samples out of range/i, 'unsupported format: too many colour channels'],
  [/out of memory|unable to (malloc|allocate)/i, 'too large: not enough memory to decode it'],
  [/premature|truncat|unexpected end|end of (file|data|stream|source)|short read|bad seek|not enough/i, TRUNCATED],
];

/** Words for a failure inside a decoder. */
export function explainDecodeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return MEANINGS.find(([pattern]) => pattern.test(message))?.[1] ?? DAMAGED;
}
