import { Command } from 'commander';
import { expect, test } from 'vitest';
import { DEFAULT_TRAIN_CONFIG, trainConfig, type TrainConfig } from '../../src-main/contract/training.ts';
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
    '--mode upper --cut conv_dw_12 --tune-epochs 3 --tune-rate-share 0.2 --no-head-first --layer-decay 0.9 ' +
    '--schedule step --warmup-epochs 1.5 --clip-norm 2 --label-smoothing 0.1 --balance sampling --ema-decay 0.99 ' +
    '--augmentation cached --variants 6 --no-augment-flip --min-crop-area 0.5 --rotation-degrees 20 ' +
    '--colour-jitter 0.4 --cache-precision bfloat16 --val-fraction 0.3 --test-fraction 0.1 --backbone b --epochs 7 ' +
    '--learning-rate 0.02 --weight-decay 0 --batch-size 8 --optimizer sgd --patience 2 --seed 5 --preprocess whiten ' +
    '--pca-components 12 --pixel-preprocessing standardise';
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
    schedule: 'step',
    warmupEpochs: 1.5,
    clipNorm: 2,
    labelSmoothing: 0.1,
    balance: 'sampling',
    emaDecay: 0.99,
    embeddingPreprocessing: 'whiten',
    pcaComponents: 12,
    pixelPreprocessing: 'standardise', // of mode `scratch` alone
    augmentation: 'cached',
    variants: 6,
    augment: { flip: false, minCropArea: 0.5, rotationDegrees: 20, colourJitter: 0.4 },
    cachePrecision: 'bfloat16',
  } satisfies TrainConfig);
});

test('the help has a flag for every setting', () => {
  const names = withTraining(new Command()).options.map((option) => option.attributeName());
  const wanted = Object.keys(trainConfig.shape).flatMap((name) => {
    if (name === 'augment') return ['augmentFlip', 'minCropArea', 'rotationDegrees', 'colourJitter'];
    return [{ validationFraction: 'valFraction', embeddingPreprocessing: 'preprocess' }[name] ?? name];
  });
  expect(names).toEqual(expect.arrayContaining(wanted));
});

test.each([
  ['--learning-rate', '0', '--learning-rate 0 cannot be used: it takes a number above 0 to 10.'],
  ['--epochs', '2.5', '--epochs 2.5 cannot be used: it takes a whole number from 1 to 1000.'],
  ['--val-fraction', '0.9', '--val-fraction 0.9 cannot be used: it takes a number from 0.02 to 0.8.'],
  ['--layer-decay', '1.5', '--layer-decay 1.5 cannot be used: it takes a number above 0 to 1.'],
  ['--min-crop-area', '0.01', '--min-crop-area 0.01 cannot be used: it takes a number from 0.05 to 1.'],
  ['--pca-components', '-1', '--pca-components -1 cannot be used: it takes a whole number from 0 to 4096.'],
  ['--variants', '65', '--variants 65 cannot be used: it takes a whole number from 1 to 64.'],
  ['--ema-decay', '1', '--ema-decay 1 cannot be used: it takes a number from 0 to 0.99999.'],
])('%s %s is refused with the flag, the value and the range', (flag, value, message) => {
  expect(() => configOf(flag, value)).toThrow(expect.objectContaining({ code: 'setting/out-of-range', message }));
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

test('a choice that does not exist is refused with those that do', () => {
  expect(() => flagsOf(['--mode', 'most'])).toThrow(/head, upper, full/);
  expect(() => flagsOf(['--preprocess', 'zca'])).toThrow(/none, centre, standardise, pca, whiten/);
  expect(() => flagsOf(['--cache-precision', 'int8'])).toThrow(/float16, bfloat16, float32/);
});

test('formats are a list, or none', () => {
  expect(flagsOf([]).formats).toEqual(['tfjs', 'onnx']);
  expect(flagsOf(['--formats', 'onnx']).formats).toEqual(['onnx']);
  expect(flagsOf(['--formats', 'none']).formats).toEqual([]);
  expect(() => flagsOf(['--formats', 'onnx,none'])).toThrow(/"none" is not one of tfjs, onnx/);
});
