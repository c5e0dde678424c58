import type { ErrorCode } from '../contract/errors.ts';

/** What a script can tell from the exit code; `fovea --help` prints this table. */
export const EXIT = {
  done: 0,
  failed: 1,
  badUsage: 2,
  badInput: 3,
  missingPart: 4,
  cancelled: 130,
} as const;

export const EXIT_CODE_HELP = `
Exit codes:
  0    done
  1    failed: a crash, a full disk, an address that cannot be reached, a bug
  2    the command line was not understood
  3    the input cannot be used: an empty folder, a damaged model, a setting out of range
  4    a part of Fovea is missing: a backbone or a backend; run "npm run setup"
  130  stopped by Ctrl-C before there was anything to keep`;

/** Exit code of a failure, by what kind of thing went wrong. */
export function exitCodeOf(code: ErrorCode): number {
  if (code === 'run/cancelled') return EXIT.cancelled;
  if (code === 'backbone/unreachable') return EXIT.failed;
  if (code === 'backbone/missing' || code === 'backbone/corrupt' || code === 'compute/no-backend')
    return EXIT.missingPart;
  return /^(dataset|image|model|setting|backbone|export|project)\//.test(code) ? EXIT.badInput : EXIT.failed;
}
