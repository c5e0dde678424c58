import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'svelte/compiler';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../../src-main/contract/errors.ts';
import { repositoryRoot } from '../../helpers/shared.ts';

const page = join(repositoryRoot, 'src-renderer');
const files = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((path) => !path.includes('paraglide'));

const json = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(page, path), 'utf8')) as Record<string, unknown>;

/** The names of the files that hold one language's messages, a file an area. */
const areas = (locale: string): string[] => readdirSync(join(page, 'messages', locale)).sort();

/** Each message with the area that it is in. */
function entries(locale: string): (readonly [key: string, text: unknown, area: string])[] {
  return areas(locale).flatMap((area) =>
    Object.entries(json(`messages/${locale}/${area}`))
      .filter(([key]) => key !== '$schema')
      .map(([key, text]) => [key, text, area] as const),
  );
}
const texts = (locale: string): Record<string, unknown> =>
  Object.fromEntries(entries(locale).map(([key, text]) => [key, text]));
const en = texts('en');
const ko = texts('ko');
const placeholders = (message: unknown): string[] =>
  [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort();

test('both languages have the same messages with the same blanks to fill', () => {
  expect(Object.keys(ko)).toEqual(Object.keys(en));
  const differing = Object.keys(en).filter((key) => placeholders(en[key]).join() !== placeholders(ko[key]).join());
  expect(differing).toEqual([]);
});

test('every area is compiled, in both languages, and no message is in two', () => {
  const { pathPattern } = json('project.inlang/settings.json')['plugin.inlang.messageFormat'] as {
    pathPattern: string[];
  };
  const compiled = pathPattern.map((path) => path.replace('./messages/{locale}/', '')).sort();
  expect({ en: areas('en'), ko: areas('ko') }).toEqual({ en: compiled, ko: compiled });
  const keys = entries('en').map(([key]) => key);
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  const placed = (locale: string): string[] => entries(locale).map(([key, , area]) => `${area}: ${key}`);
  expect(placed('ko')).toEqual(placed('en'));
});

test('no message is empty, and Korean messages with words are in Korean', () => {
  const empty = Object.entries(ko).filter(([, text]) => typeof text !== 'string' || text.trim() === '');
  expect(empty).toEqual([]);
  const names = /^(version|tier_everywhere|plus_minus|of_epochs)$/; // names and signs only
  const foreign = Object.entries(ko).filter(
    ([key, text]) => !names.test(key) && !/[가-힣]|^[{}\s\w~%.,·→:]*$/.test(String(text)),
  );
  expect(foreign).toEqual([]);
});

test('every message is used, and every one used exists', () => {
  const code = files
    .filter((path) => /\.(svelte|ts)$/.test(path))
    .map((path) => readFileSync(join(page, path), 'utf8'))
    .join('\n');
  const used = new Set([...code.matchAll(/\bm\.([a-z_0-9]+)/g)].map(([, key]) => key));
  expect(Object.keys(en).filter((key) => !used.has(key))).toEqual([]);
  expect([...used].filter((key) => key === undefined || !(key in en))).toEqual([]);
});

test('every code of the contract has words of its own, but for those that only end a run', () => {
  const words = readFileSync(join(page, 'lib', 'words.ts'), 'utf8');
  const without = ERROR_CODES.filter((code) => !words.includes(`'${code}'`) && !new RegExp(`\\b${code}:`).test(words));
  expect(without).toEqual(['run/cancelled', 'run/paused']);
});

/** Names and signs that are the same in every language. */
const SAME_EVERYWHERE = /^(Fovea|F1|Enter|%|–|\+|·|,|:|\.|→|\s)*$/;
const SPOKEN_ATTRIBUTES = new Set(['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'label']);

test('components hold no words of their own', () => {
  const found = files
    .filter((path) => path.endsWith('.svelte'))
    .flatMap((path) => {
      const { fragment } = parse(readFileSync(join(page, path), 'utf8'), { modern: true });
      return wordsIn(fragment).map((words) => `${path}: ${words}`);
    });
  expect(found).toEqual([]);
});

function wordsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(wordsIn);
  if (typeof node !== 'object' || node === null) return [];
  const { type, name, data, value } = node as { type?: string; name?: string; data?: unknown; value?: unknown };
  if (type === 'Text') return typeof data === 'string' && !SAME_EVERYWHERE.test(data) ? [data.trim()] : [];
  if (type === 'Attribute' && !SPOKEN_ATTRIBUTES.has(name ?? '')) return [];
  return Object.values(type === 'Attribute' ? { value } : node).flatMap(wordsIn);
}
