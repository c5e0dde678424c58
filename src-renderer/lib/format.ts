/**
 * Numbers, times and sizes as the page shows them. Fractions 0–1 come in; percent exist only here. A space before a
 * unit never breaks the line.
 */

export const LOCALES = ['en', 'ko'] as const;
export type Locale = (typeof LOCALES)[number];

/** Each language names itself. */
export const LANGUAGE_NAMES: Readonly<Record<Locale, string>> = { en: 'English', ko: '한국어' };

export function isLocale(value: unknown): value is Locale {
  return LOCALES.some((locale) => locale === value);
}

/** The first language of the list that the page speaks, else English. */
export function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const primary = language.toLowerCase().split('-')[0];
    if (isLocale(primary)) return primary;
  }
  return 'en';
}

/** 2105 → "2,105". */
export function formatCount(count: number, locale: Locale): string {
  return new Intl.NumberFormat(locale).format(count);
}

/** 0.9411 → "94.1 %". What is not quite all never reads as 100, and what is not quite nothing never as 0. */
export function formatPercent(fraction: number, digits = 1): string {
  return `${percentNumber(fraction, digits)}\u00a0%`;
}

/** A share or a difference of shares without its unit: 0.0371 → "3.7". */
export function formatPoints(fraction: number): string {
  return (fraction * 100).toFixed(1).replace(/^-(0\.0)$/, '$1');
}

/** A difference of shares with its sign, without its unit: 0.0131 → "+1.3", -0.0131 → "−1.3", 0 → "0.0". */
export function formatDifference(fraction: number): string {
  const points = formatPoints(Math.abs(fraction));
  if (Number(points) === 0) return points;
  return `${fraction < 0 ? '−' : '+'}${points}`;
}

function percentNumber(fraction: number, digits: number): string {
  if (fraction <= 0) return '0';
  if (fraction >= 1) return '100';
  const smallest = 10 ** -digits;
  const percent = Math.min(Math.max(fraction * 100, smallest), 100 - smallest);
  return percent.toFixed(digits);
}

/** A loss or a probability: three digits that carry meaning, without an exponent where it can be avoided. */
export function formatDecimal(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 0.001) return value.toFixed(3);
  return value
    .toExponential(1)
    .replace('e-', '\u00a0×\u00a010⁻')
    .replace(/⁻(\d+)$/, (_, digits: string) => `⁻${superscript(digits)}`);
}

/** A tick of an axis, with as many digits as the step between two needs. */
export function formatTick(value: number, step: number): string {
  return value.toFixed(Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))));
}

/** A tick of a logarithmic axis: 0.001, 1, 10⁸; what is no power of ten in as few digits as it has. */
export function powerOfTen(value: number): string {
  const power = Math.log10(value);
  if (Math.abs(power) < 4 || !Number.isInteger(Number(power.toFixed(9)))) return String(Number(value.toPrecision(3)));
  return `10${power < 0 ? '⁻' : ''}${superscript(Math.abs(power).toFixed(0))}`;
}

function superscript(digits: string): string {
  return [...digits].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '').join('');
}

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/**
 * 7312345 → "7.3 MB", in powers of 1000 as file managers show it.
 *
 * @param digits  0 for a guess, which is no truer for a digit behind the point: "7 MB"
 */
export function formatBytes(bytes: number, locale: Locale, digits = 1): string {
  if (bytes < 1000) return locale === 'ko' ? `${bytes}바이트` : bytes === 1 ? '1 byte' : `${bytes} bytes`;
  let value = bytes;
  let unit = 'B';
  for (const next of BYTE_UNITS) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  const shown = value < 99.95 && (digits > 0 || unit === 'GB' || unit === 'TB') ? Math.max(digits, 1) : 0;
  return `${value.toFixed(shown)}\u00a0${unit}`;
}

/** A running clock: 48000 → "0:48", 3723000 → "1:02:03". */
export function formatClock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** How long something took: "0.3 ms", "4 ms", "0.04 s", "1.2 s", "48 s", "1:05". */
export function formatSeconds(seconds: number, locale: Locale): string {
  if (seconds >= 60) return formatClock(seconds * 1000);
  if (seconds < 0.0095) return `${(seconds * 1000).toFixed(seconds > 0 && seconds < 0.00095 ? 1 : 0)}\u00a0ms`;
  const digits = seconds < 0.095 ? 2 : seconds < 9.95 ? 1 : 0;
  const value = seconds.toFixed(digits);
  return locale === 'ko' ? `${value}초` : `${value}\u00a0s`;
}

/** How long something may take, no finer than a guess is: "9 s", "3 min", "1.5 h". */
export function formatGuess(seconds: number, locale: Locale): string {
  const units = locale === 'ko' ? ['초', '분', '시간'] : ['\u00a0s', '\u00a0min', '\u00a0h'];
  if (seconds < 100) return `${Math.max(1, Math.round(seconds))}${units[0]}`;
  if (seconds < 5940) return `${Math.round(seconds / 60)}${units[1]}`;
  const hours = seconds / 3600;
  return `${hours < 9.5 ? Number(hours.toFixed(1)) : Math.round(hours)}${units[2]}`;
}

const AGES: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 minutes ago", "yesterday", then the date. */
export function formatAge(iso: string, now: number, locale: Locale): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (!Number.isFinite(seconds)) return '';
  if (seconds > 7 * 86_400) return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(iso));
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, length] of AGES) {
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit);
  }
  return relative.format(0, 'second');
}

/** "ants and bees"; "개미 및 벌". */
export function formatList(names: readonly string[], locale: Locale): string {
  return new Intl.ListFormat(locale).format(names);
}
