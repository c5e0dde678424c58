#!/usr/bin/env node
/** The `fovea` command: the same engine as the app, without a page. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { toWireError } from '../contract/errors.ts';
import {
  DEFAULT_TRAIN_CONFIG,
  EXPORT_FORMATS,
  OPTIMIZERS,
  exportFormat,
  type ExportFormat,
} from '../contract/training.ts';
import { appVersion } from '../studio/paths.ts';
import { demoCommand } from './demo-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { evaluateCommand } from './evaluate-command.ts';
import { EXIT, EXIT_CODE_HELP, exitCodeOf } from './exit-codes.ts';
import { exportCommand } from './export-command.ts';
import { logFolder } from './run-job.ts';
import { predictCommand } from './predict-command.ts';
import { serveCommand } from './serve-command.ts';
import { trainCommand } from './train-command.ts';

const defaults = DEFAULT_TRAIN_CONFIG;
const formats = () =>
  new Option('--formats <list>', `what to export, of ${EXPORT_FORMATS.join(',')}`)
    .argParser(parseFormats)
    .default([...EXPORT_FORMATS], EXPORT_FORMATS.join(','));
const json = () => new Option('--json', 'print exactly one JSON object on stdout, at the end');
const overwrite = () => new Option('--overwrite', 'replace what is already at the target');

/** The settings of a run; ranges are checked against the contract in one place, `train-command.ts`. */
function withTraining(command: Command): Command {
  return command
    .option('--backbone <id>', 'pretrained network; "fovea doctor" lists those installed')
    .option('--epochs <count>', 'passes over the training pictures, at most', parseNumber, defaults.epochs)
    .option('--learning-rate <rate>', 'step size of the optimiser', parseNumber, defaults.learningRate)
    .option('--weight-decay <rate>', 'decoupled weight decay', parseNumber, defaults.weightDecay)
    .option('--batch-size <count>', 'pictures per step', parseNumber, defaults.batchSize)
    .addOption(new Option('--optimizer <name>', 'optimiser').choices(OPTIMIZERS).default(defaults.optimizer))
    .option(
      '--patience <epochs>',
      'epochs without a better validation loss before stopping; 0: never',
      parseNumber,
      defaults.patience,
    )
    .option('--seed <number>', 'seed of split, order and initial weights', parseNumber, defaults.seed)
    .option('--val-fraction <share>', 'share of each class for validation', parseNumber, defaults.validationFraction)
    .option('--test-fraction <share>', 'share of each class kept apart for a test', parseNumber, defaults.testFraction)
    .addOption(formats())
    .addOption(overwrite())
    .addOption(json());
}

const program = new Command('fovea')
  .description('Fine-tune image classifiers on your own machine. Nothing leaves it.')
  .version(appVersion())
  .addHelpText('after', EXIT_CODE_HELP)
  .showHelpAfterError('(--help lists what is understood)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT.done : EXIT.badUsage);
  });

withTraining(program.command('train').argument('<folder>', 'one sub-folder a class, or train/val/test folders of them'))
  .description('train on a folder of pictures, evaluate, export, and check the exports')
  .option('--out <folder>', 'where model, exports and report go; default: <folder>-fovea in the current folder')
  .action(trainCommand);

withTraining(program.command('demo'))
  .description('the whole job on pictures that Fovea draws itself')
  .option('--out <folder>', "where everything goes; default: in Fovea's data folder")
  .option('--images <count>', 'pictures per class', parseNumber, 60)
  .action(demoCommand);

program
  .command('predict')
  .description('name what is in pictures')
  .argument('<model>', 'folder of a trained model')
  .argument('<pictures...>', 'files, or folders with all that is in them')
  .option('--csv', 'print CSV: path, predicted class, one column a class')
  .addOption(json())
  .action(predictCommand);

program
  .command('evaluate')
  .description('measure a model on a folder with one sub-folder a class')
  .argument('<model>', 'folder of a trained model')
  .argument('<folder>', 'pictures in one sub-folder a class')
  .addOption(json())
  .action(evaluateCommand);

program
  .command('export')
  .description('write a trained model for other programs, and check what was written')
  .argument('<model>', 'folder of a trained model')
  .option('--out <folder>', 'where the formats go; default: exports beside the model')
  .addOption(formats())
  .addOption(overwrite())
  .addOption(json())
  .action(exportCommand);

program
  .command('serve')
  .description('start the app and print its address')
  .option('--port <number>', 'port on 127.0.0.1; 0: any free one', parseNumber, 0)
  .option('--open', 'open it in the browser', false)
  .option('--no-open', 'only print the address')
  .action(serveCommand);

program
  .command('doctor')
  .description('say what this machine has: backends, backbones, folders')
  .addOption(json())
  .action(doctorCommand);

try {
  await program.parseAsync();
} catch (error) {
  const { code, message } = toWireError(error);
  if (code === 'internal' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.stderr.write(`fovea: ${message}\n`);
  if (code === 'internal' || code === 'run/crashed') process.stderr.write(`Details are in ${logFolder()}\n`);
  process.exitCode = exitCodeOf(code);
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError(`"${text}" is not a number.`);
  return value;
}

function parseFormats(text: string): ExportFormat[] {
  return text.split(',').map((name) => {
    const format = exportFormat.safeParse(name.trim());
    if (!format.success) throw new InvalidArgumentError(`"${name}" is not one of ${EXPORT_FORMATS.join(', ')}.`);
    return format.data;
  });
}
