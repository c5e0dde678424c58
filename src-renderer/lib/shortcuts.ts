/** Keyboard shortcuts: keys by their place on the keyboard, so that they hold while a Korean layout is on. */

/** Letters, digits or "?"; several are pressed one after another. */
export type Keys = readonly string[];

type Press = Pick<KeyboardEvent, 'code' | 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'timeStamp'>;

/** Between two keys of one shortcut, at most. */
const PAUSE_MS = 1500;

/** Whether what is pressed is text: shortcuts keep quiet there. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input:not([type=radio], [type=checkbox]), textarea, select');
}

/** Ctrl+K, on a Mac ⌘K. */
export function isPaletteKey({ code, ctrlKey, metaKey, altKey, shiftKey }: Press): boolean {
  return code === 'KeyK' && (ctrlKey || metaKey) && !altKey && !shiftKey;
}

/** As they are written: ⌘ K on Apple's keyboards, Ctrl K elsewhere. */
export function paletteKeys(platform: string): Keys {
  return [/^(Mac|iP)/.test(platform) ? '⌘' : 'Ctrl', 'K'];
}

/** Remembers the keys pressed last and finds the shortcut that they make. */
export class KeySequence {
  #pressed: readonly string[] = [];
  #lastMs = -Infinity;

  /** The shortcut that this press completes; null where it completes none. */
  press<S extends { readonly keys: Keys | null }>(event: Press, shortcuts: readonly S[]): S | null {
    const key = keyOf(event);
    if (key === null) return null;
    const isLate = event.timeStamp - this.#lastMs > PAUSE_MS;
    const pressed = isLate ? [key] : [...this.#pressed, key];
    this.#lastMs = event.timeStamp;
    const found = shortcuts.find(({ keys }) => keys !== null && endsWith(pressed, keys)) ?? null;
    this.#pressed = found === null ? pressed.slice(-2) : [];
    return found;
  }
}

function endsWith(pressed: Keys, keys: Keys): boolean {
  return (
    keys.length <= pressed.length && keys.every((key, index) => key === pressed[pressed.length - keys.length + index])
  );
}

function keyOf({ code, key, ctrlKey, metaKey, altKey }: Press): string | null {
  if (ctrlKey || metaKey || altKey) return null;
  if (key === '?') return '?'; // lies elsewhere on every layout
  return /^(?:Key|Digit)(.)$/.exec(code)?.[1] ?? null;
}
