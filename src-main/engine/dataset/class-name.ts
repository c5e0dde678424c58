import { EngineError } from '../../contract/errors.ts';
import { explainSystemName } from './names.ts';

const MOST_NAME_BYTES = 255;

/** Half a character: no file system can be trusted to keep it. */
const LONE_SURROGATE = /\p{Cs}/u;

/** Names that Windows keeps for devices, with any ending. */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A name for a class that a folder can bear on every system, since edits may be applied to a copy.
 *
 * @returns the name in Unicode NFC, without space around it.
 * @throws EngineError `dataset/bad-name`
 */
export function requireClassName(wanted: string): string {
  const name = wanted.normalize('NFC').trim();
  const reason = explainBadName(name);
  if (reason === null) return name;
  throw new EngineError(
    'dataset/bad-name',
    `A class cannot be called "${[...name].slice(0, 60).join('')}": ${reason}. Its name becomes that of a folder when the dataset is copied; choose another.`,
    { className: name, reason },
  );
}

function explainBadName(name: string): string | null {
  if (name === '') return 'it is empty';
  if (Buffer.byteLength(name) > MOST_NAME_BYTES) return `it is longer than ${MOST_NAME_BYTES} bytes`;
  if (LONE_SURROGATE.test(name)) return 'it is not valid Unicode';
  if ([...name].some((mark) => mark < ' ' || mark === '\x7f')) return 'it holds control characters';
  const forbidden = /[/\\<>:"|?*]/.exec(name)?.[0];
  if (forbidden !== undefined) return `it holds ${forbidden}, which not every system allows`;
  if (name.startsWith('.')) return 'it begins with a dot, as hidden folders do';
  if (name.endsWith('.')) return 'it ends with a dot, which Windows does not keep';
  if (WINDOWS_DEVICE.test(name)) return 'Windows keeps it for a device';
  return explainSystemName(name) === null ? null : 'systems use that name themselves, and a scan would pass it over';
}
