import { Command } from 'commander';
import { expect, test } from 'vitest';
import { AUGMENT_PRESET_NAMES, AUGMENT_PRESETS, augmentSettings } from '../../src-main/contract/augment.ts';
import {
  DEFAULT_TRAIN_CONFIG,
  EXPORT_FORMATS,
  headSettings,
  trainConfig,
  type TrainConfig,
} from '../../src-main/contract/training.ts';
import { toTrainConfig } from '../../src-main/cli/train-config.ts';
import { withTraining, type TrainFlags } from '../../src-main/cli/training-flags.ts';

function flagsOf(args: readonly string[]): TrainFlags {
  const command = withTraining(new Command('train'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(args, { from: 'user' }).opts<TrainFlags>();
}
const configOf = (...args: readonly string[]): TrainConfig => toTrainConfig(flagsOf(args));

test('without flags the settings are those that Fovea comes with', () => {
  expect(configOf()).toEqual(DEFAULT_TRAIN_CONFIG);
});

test('every flag reaches its setting', () => {
  const args =
    '--mode upper --cut conv_dw_12 --tune-epochs 3 --tune-rate-share 0.2 --no-head-first --layer-decay 0.9 --tune-stochastic-depth 0.3 ' +
    '--schedule step --warmup-epochs 1.5 --clip-norm 2 --label-smoothing 0.1 --balance sampling --ema-decay 0.99 ' +
    '--augmentation cached --variants 6 --no-augment-flip --min-crop-area 0.5 --rotation-degrees 20 ' +
    '--colour-jitter 0.4 --flip-probability 0.1 --crop-probability 0.2 --rotation-probability 0.3 --colour-probability 0.45 ' +
    '--hue-jitter 0.05 --scale-range 256,480 --lens-distortion 0.15 --lens-probability 0.6 --blur-sigma 1.5 ' +
    '--blur-probability 0.7 --cutout-share 0.35 --cutout-probability 0.8 --mixup-alpha 0.3 --mixup-probability 0.55 ' +
    '--cutmix-alpha 0.9 --cutmix-probability 0.65 --cache-precision bfloat16 --val-fraction 0.3 --test-fraction 0.1 --backbone b --epochs 7 ' +
    '--learning-rate 0.02 --weight-decay 0 --batch-size 8 --optimizer sgd --patience 2 --seed 5 --l1 0.1 --l2 0.2 ' +
    '--hidden 64,32 --activation maxout --maxout-branches 3 --initialisation xavier --dropout 0.4 --dropout-kind plain ' +
    '--drop-connect 0.3 --scratch-size 96 --scratch-width 16 --scratch-blocks 1 --pooling fractional ' +
    '--stochastic-depth 0.2 --no-batch-norm --no-coach --preprocess whiten --pca-components 12 --pixel-preprocessing standardise';
  const layers = { activation: 'maxout', maxoutBranches: 3, initialisation: 'xavier' } as const;
  expect(configOf(...args.split(' '))).toEqual({
    backbone: 'b',
    epochs: 7,
    learningRate: 0.02,
    weightDecay: 0,
    batchSize: 8,
    optimizer: 'sgd',
    patience: 2,
    seed: 5,
    validationFraction: 0.3,
    testFraction: 0.1,
    mode: 'upper',
    cut: 'conv_dw_12',
    tuneEpochs: 3,
    tuneRateShare: 0.2,
    headFirst: false,
    layerDecay: 0.9,
    tuneStochasticDepth: 0.3,
    schedule: 'step',
    warmupEpochs: 1.5,
    clipNorm: 2,
    labelSmoothing: 0.1,
    balance: 'sampling',
    emaDecay: 0.99,
    l1: 0.1,
    l2: 0.2,
    head: { hidden: [64, 32], ...layers, dropout: 0.4, dropoutKind: 'plain', dropConnect: 0.3 },
    scratch: {
      imageSize: 96,
      width: 16,
      blocks: 1,
      ...layers,
      batchNorm: false,
      pooling: 'fractional',
      stochasticDepth: 0.2,
    },
    embeddingPreprocessing: 'whiten',
    pcaComponents: 12,
    pixelPreprocessing: 'standardise', // of mode `scratch` alone
    augmentation: 'cached',
    variants: 6,
    augment: {
      flip: false,
      minCropArea: 0.5,
      rotationDegrees: 20,
      colourJitter: 0.4,
      flipProbability: 0.1,
      cropProbability: 0.2,
      rotationProbability: 0.3,
      colourProbability: 0.45,
      hueJitter: 0.05,
      scaleRange: [256, 480],
      lensDistortion: 0.15,
      lensProbability: 0.6,
      blurSigma: 1.5,
      blurProbability: 0.7,
      cutoutShare: 0.35,
      cutoutProbability: 0.8,
    },
    mixup: { alpha: 0.3, probability: 0.55 },
    cutmix: { alpha: 0.9, probability: 0.65 },
    cachePrecision: 'bfloat16',
    coach: false,
  } satisfies TrainConfig);
});

test('the help has a flag for every setting', () => {
  const names = withTraining(new Command()).options.map((option) => option.attributeName());
  const wanted = Object.keys(trainConfig.shape).flatMap((name) => {
    if (name === 'augment') {
      return Object.keys(augmentSettings.shape).map((setting) => (setting === 'flip' ? 'augmentFlip' : setting));
    }
    if (name === 'mixup' || name === 'cutmix') return [`${name}Alpha`, `${name}Probability`];
    if (name === 'head') return Object.keys(headSettings.shape);
    if (name === 'scratch')
      return ['scratchSize', 'scratchWidth', 'scratchBlocks', 'pooling', 'stochasticDepth', 'batchNorm'];
    return [{ validationFraction: 'valFraction', embeddingPreprocessing: 'preprocess' }[name] ?? name];
  });
  expect(names).toEqual(expect.arrayContaining(wanted));
});

test.each([
  ['--learning-rate', '0', '--learning-rate 0 cannot be used: it takes a number above 0 to 10.'],
  ['--epochs', '2.5', '--epochs 2.5 cannot be used: it takes a whole number from 1 to 1000.'],
  ['--val-fraction', '0.9', '--val-fraction 0.9 cannot be used: it takes a number from 0.02 to 0.8.'],
  ['--layer-decay', '1.5', '--layer-decay 1.5 cannot be used: it takes a number above 0 to 1.'],
  ['--tune-stochastic-depth', '1', '--tune-stochastic-depth 1 cannot be used: it takes a number from 0 to 0.9.'],
  ['--min-crop-area', '0.01', '--min-crop-area 0.01 cannot be used: it takes a number from 0.05 to 1.'],
  ['--pca-components', '-1', '--pca-components -1 cannot be used: it takes a whole number from 0 to 4096.'],
  ['--variants', '65', '--variants 65 cannot be used: it takes a whole number from 1 to 64.'],
  ['--maxout-branches', '1', '--maxout-branches 1 cannot be used: it takes a whole number from 2 to 8.'],
  ['--scratch-size', '32', '--scratch-size 32 cannot be used: it takes a whole number from 64 to 128.'],
  ['--blur-sigma', '11', '--blur-sigma 11 cannot be used: it takes a number from 0 to 10.'],
  ['--hue-jitter', '0.6', '--hue-jitter 0.6 cannot be used: it takes a number from 0 to 0.5.'],
  ['--mixup-alpha', '0', '--mixup-alpha 0 cannot be used: it takes a number from 0.01 to 100.'],
  ['--cutmix-probability', '1.1', '--cutmix-probability 1.1 cannot be used: it takes a number from 0 to 1.'],
  ['--scale-range', '200,480', '--scale-range 200,480 cannot be used: each of its parts is a number from 224 to 1000.'],
  ['--scale-range', '480,256', '--scale-range 480,256 cannot be used: the first must not be above the second.'],
  ['--ema-decay', '1', '--ema-decay 1 cannot be used: it takes a number from 0 to 0.99999.'],
])('%s %s is refused with the flag, the value and the range', (flag, value, message) => {
  expect(() => configOf(flag, value)).toThrow(expect.objectContaining({ code: 'setting/out-of-range', message }));
});

test('a refused setting is named with its value and range for whoever words it otherwise', () => {
  expect(() => configOf('--mixup-alpha', '101')).toThrow(
    expect.objectContaining({
      details: { setting: 'mixup.alpha', value: '101', allowed: 'it takes a number from 0.01 to 100' },
    }),
  );
});

test('other pixels than a pretrained backbone was trained with are refused, with the reason', () => {
  expect(() => configOf('--pixel-preprocessing', 'mean-image')).toThrow(
    expect.objectContaining({
      code: 'setting/out-of-range',
      message: expect.stringContaining(
        'a pretrained backbone keeps the preprocessing that it was trained with',
      ) as string,
      details: { setting: 'pixelPreprocessing', value: 'mean-image', allowed: 'standardise' },
    }),
  );
});

test.each(AUGMENT_PRESET_NAMES)('preset %s gives all of its settings, in range', (preset) => {
  expect(configOf('--augment-preset', preset).augment).toEqual(AUGMENT_PRESETS[preset]);
});

test.each([
  ['', 'off'],
  ['--augment-preset none', 'off'],
  ['--no-augment-flip', 'off'],
  ['--mixup-probability 0.5', 'off'], // mixes pictures as they are
  ['--augment-preset strong', 'cached'],
  ['--augment-preset none --rotation-degrees 5', 'cached'],
  ['--augment-flip --mode upper', 'cached'],
  ['--blur-sigma 1 --mode full', 'live'],
  ['--augment-preset gentle --mode scratch', 'live'],
  ['--variants 5 --mode full', 'cached'],
  ['--augment-preset strong --augmentation live', 'live'],
  ['--augment-preset none --augmentation off', 'off'],
])('pictures are varied where flags say how, unless --augmentation says otherwise: %s', (flags, augmentation) => {
  expect(configOf(...flags.split(' ').filter(Boolean)).augmentation).toBe(augmentation);
});

test.each([
  '--augment-preset strong',
  '--rotation-degrees 5',
  '--augment-flip',
  '--scale-range 256,480',
  '--variants 4',
])('no augmentation together with %s is refused, and both are named', (flags) => {
  expect(() => configOf('--augmentation', 'off', ...flags.split(' '))).toThrow(
    expect.objectContaining({
      code: 'setting/out-of-range',
      message: expect.stringContaining(`--augmentation off cannot be used together with ${flags}: `) as string,
    }),
  );
});

test('the help says when pictures are varied without being told so', () => {
  const help = withTraining(new Command('train')).helpInformation().replaceAll(/\s+/g, ' ');
  expect(help).toContain('cached in modes head and upper, live in full and scratch');
});

test('single flags go before the preset, wherever they stand', () => {
  const { augment } = configOf(
    '--augment-flip',
    '--scale-range',
    'none',
    '--augment-preset',
    'documents',
    '--blur-sigma',
    '0',
  );
  expect(augment).toEqual({ ...AUGMENT_PRESETS.documents, flip: true, blurSigma: 0 });
  expect(configOf('--augment-preset', 'resnet', '--scale-range', 'none').augment.scaleRange).toBeNull();
  expect(() => flagsOf(['--scale-range', '256'])).toThrow(/two numbers like 256,480/);
});

test('a choice that does not exist is refused with those that do', () => {
  expect(() => flagsOf(['--mode', 'most'])).toThrow(/head, upper, full, scratch/);
  expect(() => flagsOf(['--preprocess', 'zca'])).toThrow(/none, centre, standardise, pca, whiten/);
  expect(() => flagsOf(['--cache-precision', 'int8'])).toThrow(/float16, bfloat16, float32/);
});

test('formats are a list, none, or all that can hold the network', () => {
  expect(flagsOf([]).formats).toEqual({ formats: ['tfjs', 'onnx'], skipUnsupported: false });
  expect(flagsOf(['--formats', 'onnx']).formats).toEqual({ formats: ['onnx'], skipUnsupported: false });
  expect(flagsOf(['--formats', 'none']).formats).toEqual({ formats: [], skipUnsupported: false });
  expect(() => flagsOf(['--formats', 'onnx,none'])).toThrow(/"none" is not one of onnx, .*, all\./);
  expect(flagsOf(['--formats', 'all']).formats).toEqual({ formats: EXPORT_FORMATS, skipUnsupported: true });
});
