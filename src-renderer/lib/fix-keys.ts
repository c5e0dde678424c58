/** Keys that mend a picture where it lies. */

/** Another class, or left out (and, once it is, taken in again). */
export type Fix = { readonly className: string } | 'exclude';

type Press = Pick<KeyboardEvent, 'code' | 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat'>;

/** 1–9 name the first nine classes, Delete leaves out, M shows the heat map; null: none of these. Letters by their place. */
export function fixOfKey(event: Press, classNames: readonly string[]): Fix | 'heat' | null {
  const { code, key, ctrlKey, metaKey, altKey, repeat } = event;
  if (ctrlKey || metaKey || altKey || repeat) return null;
  if (key === 'Delete' || key === 'Backspace') return 'exclude';
  if (code === 'KeyM') return 'heat';
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  const className = digit === undefined ? undefined : classNames[Number(digit) - 1];
  return className === undefined ? null : { className };
}
