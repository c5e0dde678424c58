import { afterEach, expect, test } from 'vitest';
import { deviceReasons } from '../../../../src-main/contract/device-reasons.ts';
import { skipReasons } from '../../../../src-main/contract/skip-reasons.ts';
import { deviceWords, notRunWords, skipWords } from '../../../../src-renderer/lib/reason-words.ts';
import { overwriteGetLocale } from '../../../../src-renderer/paraglide/runtime.js';

afterEach(() => overwriteGetLocale(() => 'en'));

const gone = skipReasons.say('gone');
const raw = skipReasons.say('camera-raw', { format: 'CR2' });
const noCard = deviceReasons.say('no-card');
const slower = deviceReasons.say('slower', { engine: 'DirectML', speed: '9.1', best: '6.0' });

test('in English the reasons are those of the engine', () => {
  expect([gone, raw].map(skipWords)).toEqual([gone, raw]);
  expect(deviceWords(`${noCard}. ${slower}`)).toBe(`${noCard}. ${slower}`);
});

test('in another language they are told by code and values', () => {
  overwriteGetLocale(() => 'ko');
  expect(skipWords(raw)).toBe('지원하지 않는 형식: 카메라 RAW 파일(CR2)입니다. JPEG로 내보내세요');
  expect(deviceWords(`${noCard}. ${slower}`)).toBe(
    'NVIDIA 그래픽 카드를 찾지 못했습니다. DirectML: 사진 한 장에 6.0 ms가 아니라 9.1 ms로 더 느립니다',
  );
  expect(notRunWords('Keras needs Python, which the app does not bring.')).toMatch(/^Keras는/);
});

test('what a driver says keeps its own full stops, and what nobody has words for stands as it is', () => {
  overwriteGetLocale(() => 'ko');
  const broken = deviceReasons.say('native-broken', { reason: 'libcuda.so. Not found. Sorry' });
  expect(deviceWords(`${broken}. ${noCard}`)).toBe(
    'TensorFlow 네이티브 바인딩을 불러올 수 없습니다: libcuda.so. Not found. Sorry. NVIDIA 그래픽 카드를 찾지 못했습니다',
  );
  expect(skipWords('of a later version')).toBe('of a later version');
});
