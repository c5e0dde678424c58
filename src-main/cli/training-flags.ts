/** The flags of `train`, `coach` and `demo`. Ranges are the contract's: `train-config.ts` checks them. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  BALANCES,
  CACHE_PRECISIONS,
  DEFAULT_EXPORT_FORMATS,
  DEFAULT_TRAIN_CONFIG,
  EMBEDDING_PREPROCESSINGS,
  EXPORT_FORMATS,
  MODES,
  OPTIMIZERS,
  PIXEL_PREPROCESSINGS,
  SCHEDULES,
  type ExportFormat,
  type TrainConfig,
} from '../contract/training.ts';
import { withAugmentation, type AugmentFlags } from './augment-flags.ts';
import { choice, number } from './flag-kinds.ts';
import { withLayers, type LayerFlags } from './layer-flags.ts';

type Renamed = 'validationFraction' | 'embeddingPreprocessing' | 'head' | 'scratch';
type OfAugmentation = 'augmentation' | 'variants' | 'augment' | 'mixup' | 'cutmix';
type SameNames = Omit<TrainConfig, Renamed | OfAugmentation>;

/** Flags as commander hands them over: the settings under their own names, but for those that are called differently. */
export interface TrainFlags extends Readonly<SameNames>, AugmentFlags, LayerFlags {
  readonly valFraction: number;
  readonly preprocess: TrainConfig['embeddingPreprocessing'];
  readonly formats: FormatChoice;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** What to export: of a list, all or nothing; of `all`, what can hold the network. */
export interface FormatChoice {
  readonly formats: readonly ExportFormat[];
  readonly skipUnsupported: boolean;
}

const defaults = DEFAULT_TRAIN_CONFIG;

export const formatsOption = (): Option =>
  new Option('--formats <list>', `what to export, of ${EXPORT_FORMATS.join(',')}, or all`)
    .argParser(parseFormats)
    .default(listOf(DEFAULT_EXPORT_FORMATS), DEFAULT_EXPORT_FORMATS.join(','));
export const jsonOption = (): Option => new Option('--json', 'print exactly one JSON object on stdout, at the end');
export const overwriteOption = (): Option => new Option('--overwrite', 'replace what is already at the target');

/**
 * Adds the settings of a run in the order in which a reader needs them.
 *
 * @param writesModel  whether the command ends with a model, which can be exported.
 */
export function withTraining(command: Command, { writesModel = true } = {}): Command {
  command.optionsGroup('What learns:');
  choice(
    command,
    '--mode <name>',
    'the head alone, the upper layers, the whole network, or one of its own',
    MODES,
    defaults.mode,
  );
  command
    .option('--backbone <id>', 'pretrained network; "fovea doctor" lists those installed')
    .option(
      '--from <model>',
      'folder of a model that Fovea has trained: its network is trained further, with a new head',
    )
    .option('--cut <node>', "mode upper: first node of the backbone that learns; default: the catalogue's");

  withLayers(command);

  command.optionsGroup('Training:');
  number(command, '--epochs <count>', 'passes of the head over the training pictures, at most', defaults.epochs);
  number(command, '--learning-rate <rate>', 'step size of the optimiser', defaults.learningRate);
  number(command, '--weight-decay <rate>', 'decoupled weight decay', defaults.weightDecay);
  number(command, '--batch-size <count>', 'pictures per step', defaults.batchSize);
  choice(command, '--optimizer <name>', 'optimiser', OPTIMIZERS, defaults.optimizer);
  number(
    command,
    '--patience <epochs>',
    'epochs without a better validation loss before stopping; 0: never',
    defaults.patience,
  );
  choice(command, '--schedule <name>', 'learning rate; default: constant for the head, cosine after it', SCHEDULES);
  number(command, '--warmup-epochs <count>', 'epochs over which the rate rises from nothing', defaults.warmupEpochs);
  number(command, '--clip-norm <norm>', 'largest norm of all gradients together; 0: any', defaults.clipNorm);
  number(command, '--label-smoothing <share>', 'share of a label spread over all classes', defaults.labelSmoothing);
  choice(command, '--balance <way>', 'even out classes of unequal size', BALANCES, defaults.balance);
  number(command, '--l1 <factor>', 'penalty on the sum of absolute weights', defaults.l1);
  number(command, '--l2 <factor>', 'penalty on the sum of squared weights', defaults.l2);
  number(command, '--ema-decay <decay>', 'keep a moving average of weights; 0: the last ones', defaults.emaDecay);

  command.optionsGroup('Preprocessing (measured on the training pictures, part of the exported model):');
  choice(
    command,
    '--preprocess <way>',
    "what is done to the backbone's features before the head",
    EMBEDDING_PREPROCESSINGS,
    defaults.embeddingPreprocessing,
  );
  number(command, '--pca-components <count>', 'axes that pca and whiten keep; 0: all', defaults.pcaComponents);
  choice(
    command,
    '--pixel-preprocessing <way>',
    'mode scratch: what is done to the pixels; a pretrained backbone keeps what it was trained with',
    PIXEL_PREPROCESSINGS,
    defaults.pixelPreprocessing,
  );

  command.optionsGroup('Fine-tuning (modes upper and full):');
  number(command, '--tune-epochs <count>', 'epochs of fine-tuning, at most', defaults.tuneEpochs);
  number(command, '--tune-rate-share <share>', "its learning rate, as a share of the head's", defaults.tuneRateShare);
  number(command, '--layer-decay <share>', "rate of each layer as a share of the next one's", defaults.layerDecay);
  const depth = 'chance that a step skips the last residual branch that learns, those before it less';
  number(command, '--tune-stochastic-depth <share>', depth, defaults.tuneStochasticDepth);
  command.option('--no-head-first', 'start from a random head instead of a trained one');

  command.optionsGroup('Augmentation:');
  withAugmentation(command);

  command.optionsGroup('Pictures:');
  number(command, '--val-fraction <share>', 'share of each class for validation', defaults.validationFraction);
  number(command, '--test-fraction <share>', 'share of each class kept apart for a test', defaults.testFraction);
  number(command, '--seed <number>', 'seed of split, order, variants and initial weights', defaults.seed);
  const precision = 'how activations lie in the cache';
  choice(command, '--cache-precision <type>', precision, CACHE_PRECISIONS, defaults.cachePrecision);

  command.optionsGroup('Output:');
  if (!writesModel) return command.addOption(overwriteOption()).addOption(jsonOption());
  command.option('--no-coach', 'do not examine the settings first, as is done before a run of more than two minutes');
  return command.addOption(formatsOrNone()).addOption(overwriteOption()).addOption(jsonOption());
}

/** Adds what decides how pictures are seen: of a training's settings those, and where to write. */
export function withPreview(command: Command): Command {
  number(command, '--count <number>', 'epochs to show of each picture', 8);
  number(command, '--pictures <number>', 'how many training pictures, of all classes in turn', 3);
  command.requiredOption('--out <folder>', 'where the PNG files go');
  number(command, '--seed <number>', 'seed of split, order and variants', defaults.seed);
  choice(command, '--mode <name>', 'what learns: CutMix takes more than the head', MODES, defaults.mode);
  command.option('--backbone <id>', 'whose size of pictures is shown');
  withAugmentation(command, 'live');

  command.optionsGroup('Output:');
  return command.addOption(overwriteOption()).addOption(jsonOption());
}

function formatsOrNone(): Option {
  const option = formatsOption();
  option.description += '; none: nothing';
  return option.argParser((text) => (text.trim() === 'none' ? listOf([]) : parseFormats(text)));
}

function parseFormats(text: string): FormatChoice {
  if (text.trim() === 'all') return { formats: EXPORT_FORMATS, skipUnsupported: true };
  const formats = text.split(',').map((name) => {
    const format = EXPORT_FORMATS.find((known) => known === name.trim());
    if (format !== undefined) return format;
    throw new InvalidArgumentError(`"${name}" is not one of ${EXPORT_FORMATS.join(', ')}, all.`);
  });
  return listOf(formats);
}

function listOf(formats: readonly ExportFormat[]): FormatChoice {
  return { formats, skipUnsupported: false };
}
