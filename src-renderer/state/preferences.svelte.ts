import { isLocale, preferredLocale, type Locale } from '../lib/format.ts';
import { overwriteGetLocale } from '../paraglide/runtime.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** Also read by public/early.js, before the first paint. */
const LOCALE_KEY = 'fovea.locale';
const THEME_KEY = 'fovea.theme';
const CAMERA_KEY = 'fovea.camera';
const KEYS_KEY = 'fovea.keys';

/** Language, theme, camera and keys, kept in this browser. Messages follow `locale` by themselves. */
export class Preferences {
  locale = $state<Locale>(initialLocale());
  theme = $state<Theme>(initialTheme());
  /** The one that was chosen last; null: whichever the browser gives. */
  cameraId = $state<string | null>(recall(CAMERA_KEY));
  /** Whether keys without Ctrl do something anywhere on the page (WCAG 2.1.4 asks for a way to turn them off). */
  hasPlainKeys = $state(recall(KEYS_KEY) !== 'off');

  constructor() {
    overwriteGetLocale(() => this.locale);
    document.documentElement.lang = this.locale;
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
    document.documentElement.lang = locale;
    keep(LOCALE_KEY, locale);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    keep(THEME_KEY, theme === 'system' ? null : theme);
  }

  setCamera(deviceId: string): void {
    this.cameraId = deviceId;
    keep(CAMERA_KEY, deviceId);
  }

  setPlainKeys(isOn: boolean): void {
    this.hasPlainKeys = isOn;
    keep(KEYS_KEY, isOn ? null : 'off');
  }
}

function initialLocale(): Locale {
  const kept = recall(LOCALE_KEY);
  return isLocale(kept) ? kept : preferredLocale(navigator.languages);
}

function initialTheme(): Theme {
  const kept = recall(THEME_KEY);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

/** Storage may be closed to the page (private windows); then choices last as long as the page. */
function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // see recall
  }
}
