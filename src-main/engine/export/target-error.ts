import { EngineError } from '../../contract/errors.ts';

/** What keeps an export from being written, by the system's code, in words for the user. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a file stands where a folder is needed',
  EEXIST: 'a file stands where a folder is needed',
  EISDIR: 'a folder stands where a file is needed',
  ENOENT: 'a part of the path does not exist',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'its links lead in a circle',
  EBUSY: 'another program is using it',
  EIO: 'the disk reports a fault',
};

/** Puts a system error about an export's target into words; any other error is returned as it is. */
export function explainTargetError(folder: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new EngineError(
      'storage/full',
      `There is not enough space left for the export in ${folder}. Free some space or choose a folder on another disk; nothing half-written was left behind.`,
      { folder },
      { cause },
    );
  }
  const reason = REASONS[code];
  if (cause instanceof EngineError || reason === undefined) return cause;
  return new EngineError(
    'export/target-unwritable',
    `The export cannot be written to ${folder}: ${reason}. Choose another folder, or make this one writable.`,
    { folder, reason: code },
    { cause },
  );
}
