import { expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG, trainConfig, type TrainConfig } from '../../../../src-main/contract/training.ts';
import {
  changedSettings,
  fractionOf,
  invalidSettings,
  isValid,
  isNumberSetting,
  parseNumber,
  percentOf,
  plannedEpochs,
  rangeOf,
  sendable,
  settingGroups,
  withoutAdvanced,
  withSetting,
  sharesFromFolders,
} from '../../../../src-renderer/lib/settings.ts';
import { configOf, settingsOf } from '../../../../src-renderer/lib/flat-settings.ts';

const withChanges = (changes: Partial<TrainConfig>): TrainConfig => ({ ...DEFAULT_TRAIN_CONFIG, ...changes });
const shown = (config: TrainConfig) => settingGroups(config).flatMap(({ settings }) => settings);

test('ranges are those of the contract', () => {
  expect(rangeOf('epochs')).toEqual({ min: 1, max: 1000, includesMin: true });
  expect(rangeOf('learningRate')).toEqual({ min: 0, max: 10, includesMin: false });
  expect(rangeOf('validationFraction')).toEqual({ min: 0.02, max: 0.8, includesMin: true });
  expect(rangeOf('tuneEpochs')).toEqual({ min: 1, max: 1000, includesMin: true }); // has a default
  expect(rangeOf('layerDecay')).toEqual({ min: 0, max: 1, includesMin: false });
  expect(rangeOf('tuneStochasticDepth')).toEqual({ min: 0, max: 0.9, includesMin: true });
  expect(rangeOf('minCropArea')).toEqual({ min: 0.05, max: 1, includesMin: true }); // lies within `augment`
});

test('values out of range or of the wrong kind are found', () => {
  expect([isValid('epochs', 0), isValid('epochs', 1.5), isValid('epochs', 60)]).toEqual([false, false, true]);
  expect(invalidSettings({ ...DEFAULT_TRAIN_CONFIG, batchSize: 0, learningRate: 11 })).toEqual([
    'learningRate',
    'batchSize',
  ]);
  expect(invalidSettings(DEFAULT_TRAIN_CONFIG)).toEqual([]);
});

test('settings off the default are named, the backbone among them', () => {
  expect(changedSettings(DEFAULT_TRAIN_CONFIG)).toEqual([]);
  expect(changedSettings({ ...DEFAULT_TRAIN_CONFIG, seed: 7, backbone: 'x' })).toEqual(['backbone', 'seed']);
  const augment = { ...DEFAULT_TRAIN_CONFIG.augment, flip: false };
  expect(changedSettings(withChanges({ augmentation: 'live', augment }))).toEqual(['flip']);
});

test('only what applies is offered, counted as changed and checked', () => {
  const groups = (config: TrainConfig) => settingGroups(config).map(({ group }) => group);
  expect(groups(DEFAULT_TRAIN_CONFIG)).toEqual([
    'backbone',
    'head',
    'optimiser',
    'regularisation',
    'preprocessing',
    'split',
  ]);
  expect(groups(withChanges({ mode: 'full', augmentation: 'live' }))).toEqual([
    'backbone',
    'head',
    'optimiser',
    'regularisation',
    'preprocessing',
    'tuning',
    'augmentation',
    'split',
  ]);
  expect(shown(withChanges({ mode: 'upper' }))).toEqual(
    expect.arrayContaining(['cut', 'cachePrecision', 'epochs', 'tuneStochasticDepth']),
  );
  expect(shown(withChanges({ mode: 'full' }))).not.toContain('cut');
  const noHead = shown(withChanges({ mode: 'full', headFirst: false, embeddingPreprocessing: 'pca' }));
  expect(noHead.filter((name) => ['epochs', 'embeddingPreprocessing', 'pcaComponents'].includes(name))).toEqual([]);
  expect(shown(DEFAULT_TRAIN_CONFIG)).not.toContain('pcaComponents');
  expect(shown(withChanges({ embeddingPreprocessing: 'whiten' }))).toContain('pcaComponents');
  expect(shown(withChanges({ augmentation: 'live' }))).not.toContain('variants');
  const hidden = withChanges({ tuneEpochs: NaN, variants: 0, layerDecay: 0.5 });
  expect([changedSettings(hidden), invalidSettings(hidden)]).toEqual([[], []]);
  expect(invalidSettings({ ...hidden, mode: 'upper', augmentation: 'cached' })).toEqual(['tuneEpochs', 'variants']);
});

test('a run can always be sent: what is wrong where nobody sees it is as Fovea comes', () => {
  const hidden = withChanges({
    tuneEpochs: NaN,
    layerDecay: 0.5,
    augment: { ...DEFAULT_TRAIN_CONFIG.augment, minCropArea: 9 },
  });
  expect(trainConfig.safeParse(hidden).success).toBe(false);
  expect(sendable(hidden)).toEqual(withChanges({ layerDecay: 0.5 }));
  const seen = withChanges({ epochs: NaN });
  expect(sendable(seen)).toEqual(seen);
});

/** What only the command line has flags for, as yet. */
const WITHOUT_A_PLACE: readonly string[] = [
  'from',
  'mixup',
  'cutmix',
  'flipProbability',
  'cropProbability',
  'rotationProbability',
  'colourProbability',
  'hueJitter',
  'scaleRange',
  'lensDistortion',
  'lensProbability',
  'blurSigma',
  'blurProbability',
  'cutoutShare',
  'cutoutProbability',
];

test('every other setting of the contract has a place on the page', () => {
  const { head, scratch: network } = DEFAULT_TRAIN_CONFIG;
  const pretrained = withChanges({
    mode: 'upper',
    augmentation: 'cached',
    embeddingPreprocessing: 'pca',
    head: { ...head, hidden: [128], activation: 'maxout', dropout: 0.5 },
  });
  const scratch = withChanges({ mode: 'scratch', scratch: { ...network, activation: 'maxout' } });
  const everything = [...new Set([...shown(pretrained), ...shown(scratch), 'mode', 'augmentation'])];
  const { augment, head: ofHead, scratch: ofScratch, ...others } = trainConfig.shape;
  const names = [
    ...Object.keys(others),
    ...Object.keys(augment.unwrap().shape),
    ...Object.keys(ofHead.unwrap().shape).map((name) => `head.${name}`),
    ...Object.keys(ofScratch.unwrap().shape).map((name) => `scratch.${name}`),
  ];
  expect([...everything, ...WITHOUT_A_PLACE].toSorted()).toEqual(names.toSorted());
});

test('a change on the page keeps what only the command line sets', () => {
  const config = withChanges({
    augment: { ...DEFAULT_TRAIN_CONFIG.augment, scaleRange: [256, 480], blurSigma: 2 },
    mixup: { alpha: 0.4, probability: 1 },
  });
  const { augment, mixup } = withSetting(config, 'rotationDegrees', 25);
  expect({ augment, mixup }).toEqual({ augment: { ...config.augment, rotationDegrees: 25 }, mixup: config.mixup });
});

test('settings lie side by side and go back to where the contract has them', () => {
  expect(configOf(settingsOf(DEFAULT_TRAIN_CONFIG))).toEqual(DEFAULT_TRAIN_CONFIG);
  const turned = withSetting(DEFAULT_TRAIN_CONFIG, 'rotationDegrees', 25);
  expect(turned.augment).toEqual({ ...DEFAULT_TRAIN_CONFIG.augment, rotationDegrees: 25 });
  const scheduled = withSetting(turned, 'schedule', 'step');
  expect(scheduled.schedule).toBe('step');
  expect(withSetting(scheduled, 'schedule', undefined)).toEqual(turned);
  expect(isNumberSetting('flip')).toBe(false);
});

test('a linear head has no hidden layer to set, and layers that are chosen count as one change', () => {
  const ofHead = (config: TrainConfig) => shown(config).filter((name) => name.startsWith('head.'));
  expect(ofHead(DEFAULT_TRAIN_CONFIG)).toEqual(['head.hidden', 'head.dropout', 'head.dropConnect']);
  expect(ofHead(withChanges({ mode: 'scratch' }))).toEqual([]);
  const hidden = withSetting(DEFAULT_TRAIN_CONFIG, 'head.hidden', [256, 128]);
  expect(hidden.head).toEqual({ ...DEFAULT_TRAIN_CONFIG.head, hidden: [256, 128] });
  expect(ofHead(hidden)).toContain('head.activation');
  expect(changedSettings(hidden)).toEqual(['head.hidden']);
  expect(changedSettings(withSetting(hidden, 'head.hidden', []))).toEqual([]);
});

test('a reset keeps what learns and what is augmented', () => {
  const config = withChanges({ mode: 'upper', augmentation: 'cached', epochs: 3, cut: 'x' });
  expect(withoutAdvanced(config)).toEqual(withChanges({ mode: 'upper', augmentation: 'cached' }));
});

test('the planned epochs are those of both stages', () => {
  const epochs = { epochs: 60, tuneEpochs: 10 };
  expect(plannedEpochs(withChanges(epochs))).toBe(60);
  expect(plannedEpochs(withChanges({ ...epochs, mode: 'upper' }))).toBe(70);
  expect(plannedEpochs(withChanges({ ...epochs, mode: 'full', headFirst: false }))).toBe(10);
});

test('numbers are read as people type them', () => {
  expect([' 0.01 ', '0,01', '1e-3', '', 'abc', '-'].map(parseNumber)).toEqual([0.01, 0.01, 0.001, null, null, null]);
});

test('percent and fractions turn into each other without binary noise', () => {
  expect([7, 28, 20.5].map(fractionOf)).toEqual([0.07, 0.28, 0.205]);
  expect([0.07, 0.29, 0.2].map(percentOf)).toEqual([7, 29, 20]);
});

test('folders decide the validation share, and the test share where they bring a test', () => {
  const classes = (testCount: number) => [
    { name: 'a', imageCount: 9, missingCount: 0, counts: { training: 6, validation: 3 - testCount, test: testCount } },
  ];
  expect(sharesFromFolders({ splitSource: 'seed', classes: classes(1) })).toEqual([]);
  expect(sharesFromFolders({ splitSource: 'folders', classes: classes(0) })).toEqual(['validationFraction']);
  expect(sharesFromFolders({ splitSource: 'folders', classes: classes(1) })).toEqual([
    'validationFraction',
    'testFraction',
  ]);
});
