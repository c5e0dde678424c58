import { expect, test } from 'vitest';
import {
  AUGMENT_PRESETS,
  augmentSettings,
  mixSettings,
  type AugmentPreset,
} from '../../../../src-main/contract/augment.ts';
import { DEFAULT_TRAIN_CONFIG, trainConfig, type TrainConfig } from '../../../../src-main/contract/training.ts';
import {
  AUGMENT_KINDS,
  canMix,
  dialsOf,
  isKindChanged,
  isOn,
  kindsOn,
  presetOf,
  resetKind,
  switched,
  varyingMode,
} from '../../../../src-renderer/lib/augment-kinds.ts';

const withPreset = (preset: AugmentPreset): TrainConfig => ({
  ...DEFAULT_TRAIN_CONFIG,
  augment: AUGMENT_PRESETS[preset],
});

test('what a preset has on is told from its settings', () => {
  expect(kindsOn(withPreset('none'))).toEqual([]);
  expect(kindsOn(withPreset('gentle'))).toEqual(['flip', 'crop', 'rotation', 'colour']);
  expect(kindsOn(withPreset('documents'))).toEqual(['crop', 'rotation', 'colour', 'lens', 'blur']); // never mirrored
  expect(kindsOn(withPreset('resnet'))).toEqual(['flip', 'scale']);
  expect(kindsOn({ ...withPreset('none'), mixup: { alpha: 0.2, probability: 1 } })).toEqual(['mixup']);
});

test('settings are known by their preset until one of them differs', () => {
  expect(presetOf(AUGMENT_PRESETS.strong)).toBe('strong');
  expect(presetOf({ ...AUGMENT_PRESETS.strong, blurSigma: 2.1 })).toBeNull();
  expect(presetOf(augmentSettings.parse({ ...AUGMENT_PRESETS.resnet, scaleRange: [256, 480] }))).toBe('resnet');
});

test('every kind can be switched on and off, whatever the preset, and stays within the contract', () => {
  for (const kind of AUGMENT_KINDS) {
    for (const preset of ['none', 'documents', 'resnet'] as const) {
      const on = switched(kind, withPreset(preset), true, preset);
      expect(isOn(kind, on), `${kind} from ${preset}`).toBe(true);
      expect(trainConfig.safeParse(on).success).toBe(true);
      expect(isOn(kind, switched(kind, on, false, preset))).toBe(false);
    }
  }
});

test('the crop has two ways, of which one is in force', () => {
  const scaled = switched('scale', withPreset('gentle'), true, 'gentle');
  expect([isOn('crop', scaled), isOn('scale', scaled)]).toEqual([false, true]);
  const cropped = switched('crop', scaled, true, 'gentle');
  expect([isOn('crop', cropped), isOn('scale', cropped)]).toEqual([true, false]);
  expect(cropped.augment.minCropArea).toBe(0.7); // as the preset has it
});

test('a kind that was changed goes back to its preset alone', () => {
  const changed = {
    ...withPreset('gentle'),
    augment: { ...AUGMENT_PRESETS.gentle, rotationDegrees: 90, colourJitter: 0.9 },
  };
  expect(AUGMENT_KINDS.filter((kind) => isKindChanged(kind, changed, 'gentle'))).toEqual(['rotation', 'colour']);
  expect(resetKind('rotation', changed, 'gentle').augment).toEqual({ ...AUGMENT_PRESETS.gentle, colourJitter: 0.9 });
});

test('sliders span just what the contract allows, and set what they show', () => {
  const on = AUGMENT_KINDS.reduce((config, kind) => switched(kind, config, true, 'strong'), withPreset('strong'));
  for (const kind of AUGMENT_KINDS) {
    for (const { name, scale, values, set } of dialsOf(kind, on)) {
      for (const end of [0, scale.last]) {
        const next = set(values.map(() => scale.valueAt(end)));
        expect(trainConfig.safeParse(next).success, `${kind} ${name} at ${scale.valueAt(end)}`).toBe(true);
      }
      expect(set(values)).toEqual(name === 'hue' ? { ...on, augment: { ...on.augment, hueJitter: 0.04 } } : on);
    }
  }
  const [area] = dialsOf('crop', withPreset('gentle'));
  expect([area?.scale.valueAt(0), area?.scale.valueAt(area.scale.last)]).toEqual([0.05, 1]);
  expect(mixSettings.safeParse({ alpha: 0.009, probability: 0 }).success).toBe(false); // where the slider of alpha begins
});

test('varying is cheap where something is frozen, and parts are replaced where there are parts', () => {
  expect((['head', 'upper', 'full', 'scratch'] as const).map((mode) => varyingMode({ mode }))).toEqual([
    'cached',
    'cached',
    'live',
    'live',
  ]);
  expect([
    canMix('cutmix', { mode: 'head' }),
    canMix('cutmix', { mode: 'upper' }),
    canMix('mixup', { mode: 'head' }),
  ]).toEqual([false, true, true]);
});
