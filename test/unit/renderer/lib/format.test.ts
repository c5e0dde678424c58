import { expect, test } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatClock,
  formatCount,
  formatDecimal,
  formatDifference,
  formatGuess,
  formatList,
  formatPercent,
  formatPoints,
  formatSeconds,
  formatTick,
  preferredLocale,
} from '../../../../src-renderer/lib/format.ts';

/** Spaces before units do not break; here they may be typed plainly. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

test('a share is shown in percent with a space that does not break', () => {
  expect(formatPercent(144 / 153)).toBe('94.1\u00a0%');
  expect([0, 0.5, 1].map((share) => plain(formatPercent(share)))).toEqual(['0 %', '50.0 %', '100 %']);
  expect(plain(formatPercent(0.554, 0))).toBe('55 %');
});

test('a difference carries its sign, and none where it rounds to nothing', () => {
  expect([0.0131, -0.0131, 0, -0.0001].map(formatDifference)).toEqual(['+1.3', '−1.3', '0.0', '0.0']);
});

test('nearly all never reads as 100 %, and hardly any never as 0 %', () => {
  expect(plain(formatPercent(0.9999))).toBe('99.9 %');
  expect(plain(formatPercent(0.0001))).toBe('0.1 %');
  expect(plain(formatPercent(0.996, 0))).toBe('99 %');
});

test('half an interval is shown in points', () => {
  expect(formatPoints(0.0387)).toBe('3.9');
});

test('losses keep three digits that mean something', () => {
  expect([0, 0.18, 0.0521, 12.345, 4321.4].map(formatDecimal)).toEqual(['0', '0.180', '0.052', '12.3', '4321']);
  expect(plain(formatDecimal(1.7e-7))).toBe('1.7 × 10⁻⁷');
  expect(formatDecimal(NaN)).toBe('–');
});

test('ticks have the digits that their step needs', () => {
  expect([0, 0.2].map((value) => formatTick(value, 0.2))).toEqual(['0.0', '0.2']);
  expect(formatTick(0.25, 0.05)).toBe('0.25');
  expect(formatTick(20, 10)).toBe('20');
});

test('sizes count in powers of 1000, with words for bytes in each language', () => {
  expect([1, 16, 612, 2_905, 7_312_345, 123_456_789, 999_999].map((size) => plain(formatBytes(size, 'en')))).toEqual([
    '1 byte',
    '16 bytes',
    '612 bytes',
    '2.9 kB',
    '7.3 MB',
    '123 MB',
    '1.0 MB',
  ]);
  expect(formatBytes(16, 'ko')).toBe('16바이트');
});

test('clocks and durations grow units as they need them', () => {
  expect([0, 48_000, 65_900, 3_723_000].map(formatClock)).toEqual(['0:00', '0:48', '1:05', '1:02:03']);
  expect([0, 0.0003, 0.0042, 0.04, 1.24, 48.2, 65].map((seconds) => plain(formatSeconds(seconds, 'en')))).toEqual([
    '0 ms',
    '0.3 ms',
    '4 ms',
    '0.04 s',
    '1.2 s',
    '48 s',
    '1:05',
  ]);
  expect(formatSeconds(2.9, 'ko')).toBe('2.9초');
});

test('ages are told as one would say them', () => {
  const now = Date.parse('2026-05-10T12:00:00Z');
  expect(formatAge('2026-05-10T11:57:00Z', now, 'en')).toBe('3 minutes ago');
  expect(formatAge('2026-05-09T11:00:00Z', now, 'en')).toBe('yesterday');
  expect(formatAge('2026-05-09T11:00:00Z', now, 'ko')).toBe('어제');
  expect(formatAge('2026-04-01T12:00:00Z', now, 'en')).toBe('Apr 1, 2026');
  expect(formatAge('not a date', now, 'en')).toBe('');
});

test('counts and lists follow the language', () => {
  expect(formatCount(2105, 'en')).toBe('2,105');
  expect(formatList(['ants', 'bees'], 'en')).toBe('ants and bees');
  expect(formatList(['개미', '벌'], 'ko')).toBe('개미 및 벌');
});

test('the first language that the page speaks is taken, else English', () => {
  expect(preferredLocale(['fr-FR', 'ko-KR', 'en-US'])).toBe('ko');
  expect(preferredLocale(['de-DE'])).toBe('en');
  expect(preferredLocale([])).toBe('en');
});

test('a guess of bytes or time is no finer than it can be', () => {
  expect([60_900_000, 1_443_000_000, 850_000].map((size) => plain(formatBytes(size, 'en', 0)))).toEqual([
    '61 MB',
    '1.4 GB',
    '850 kB',
  ]);
  expect([0.2, 9, 95, 130, 5400, 9000, 90_000].map((seconds) => plain(formatGuess(seconds, 'en')))).toEqual([
    '1 s',
    '9 s',
    '95 s',
    '2 min',
    '90 min',
    '2.5 h',
    '25 h',
  ]);
  expect([9, 130, 9000].map((seconds) => formatGuess(seconds, 'ko'))).toEqual(['9초', '2분', '2.5시간']);
});
