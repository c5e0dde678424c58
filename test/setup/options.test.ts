import { expect, test } from 'vitest';
import { helpText, parseOptions, STEPS } from '../../scripts/setup/options.js';
import { cacheFolder } from '../../scripts/setup/paths.js';

test('nothing is skipped by default, and apt may be asked', () => {
  expect(parseOptions([])).toEqual({
    skip: new Set(),
    system: true,
    forTests: false,
    verify: false,
    backbones: [],
    help: false,
  });
});

test('switches and FOVEA_SKIP add up', () => {
  const options = parseOptions(['--skip-build', '--for-tests', '--verify'], 'native, Backbones,system');
  expect(options).toEqual({
    skip: new Set(['build', 'native', 'backbones']),
    system: false,
    forTests: true,
    verify: true,
    backbones: [],
    help: false,
  });
});

test('backbones on request are named one by one or with commas', () => {
  const { backbones } = parseOptions(['--backbone', 'efficientnet_lite1', '--backbone', 'a,b']);
  expect(backbones).toEqual(['efficientnet_lite1', 'a', 'b']);
});

test('an unknown step or switch is named, with those that exist', () => {
  expect(() => parseOptions([], 'natvie')).toThrow(/FOVEA_SKIP=natvie: "natvie" names no step.*native/);
  expect(() => parseOptions(['--skip-everything'])).toThrow(/--skip-everything names no step/);
  expect(() => parseOptions(['--fast'])).toThrow(/Unknown switch --fast/);
});

test('the help lists a switch for every step', () => {
  expect(Object.keys(STEPS).filter((name) => !helpText.includes(`--skip-${name} `))).toEqual([]);
});

test('the cache lies where the system keeps caches, unless FOVEA_CACHE says otherwise', () => {
  expect(cacheFolder({}, 'linux', '/home/a')).toBe('/home/a/.cache/fovea');
  expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'linux', '/home/a')).toBe('/c/fovea');
  expect(cacheFolder({}, 'darwin', '/Users/a')).toBe('/Users/a/Library/Caches/fovea');
  expect(cacheFolder({ FOVEA_CACHE: '/big' }, 'linux', '/home/a')).toBe('/big');
});
