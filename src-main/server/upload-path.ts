import { EngineError } from '../contract/errors.ts';

const MOST_NAME_BYTES = 255;
const MOST_PATH_BYTES = 2000;
const MOST_FOLDERS = 32;

/** Half a character: no file system can be trusted to keep it. */
const LONE_SURROGATE = /\p{Cs}/u;

/** Names that Windows keeps for devices, with any ending. */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * Takes a relative path of an upload apart, and takes no other: what it returns can be joined to a folder and stays in it.
 * Names are kept as they are, in whatever script.
 *
 * @throws EngineError `project/bad-path`
 */
export function uploadPathParts(path: string, platform: NodeJS.Platform = process.platform): string[] {
  const refuse = (why: string): never => {
    throw new EngineError('project/bad-path', `The file "${shown(path)}" was not taken: ${why}.`, {
      path: shown(path),
    });
  };
  if (path === '') refuse('it has no name');
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) refuse(`its path is longer than ${MOST_PATH_BYTES} bytes`);
  if (LONE_SURROGATE.test(path)) refuse('its path is not valid Unicode');
  if (hasControl(path)) refuse('its path holds control characters');
  if (path.includes('\\')) refuse('its path holds a backslash; folders are divided by "/"');
  if (path.startsWith('/') || /^[a-z]:/i.test(path))
    refuse('its path is absolute; it must be relative to the dropped folder');
  const parts = path.split('/');
  if (parts.length > MOST_FOLDERS) refuse(`it lies more than ${MOST_FOLDERS} folders deep`);
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..')
      refuse('its path must go straight down, without "..", "." or "//"');
    if (Buffer.byteLength(part) > MOST_NAME_BYTES) refuse(`a name in it is longer than ${MOST_NAME_BYTES} bytes`);
    if (platform === 'win32' && (WINDOWS_DEVICE.test(part) || /[<>:"|?*]|[. ]$/.test(part))) {
      refuse(`Windows does not allow the name "${part}"`);
    }
  }
  return parts;
}

function hasControl(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\x7f');
}

/** As much of a hostile path as a message can bear. */
function shown(path: string): string {
  const clean = [...path].map((mark) => (hasControl(mark) || LONE_SURROGATE.test(mark) ? '?' : mark));
  return clean.length > 120 ? `${clean.slice(0, 119).join('')}…` : clean.join('');
}
