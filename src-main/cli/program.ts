/** What the `fovea` command understands. What a command needs is loaded when it runs. */
import { Command, Option } from 'commander';
import { toWireError } from '../contract/errors.ts';
import { appVersion } from '../system/app-version.ts';
import { addBackbones } from './backbones-flags.ts';
import { endEarlyWorker } from './early-worker.ts';
import { EXIT, EXIT_CODE_HELP, exitCodeOf } from './exit-codes.ts';
import { parseNumber } from './flag-kinds.ts';
import { addExperiments } from './lab-flags.ts';
import { withSplit } from './split-flags.ts';
import { formatsOption, jsonOption, overwriteOption, withPreview, withTraining } from './training-flags.ts';
import { withTta } from './tta-flags.ts';

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
  .option('--estimate', 'say what each kind of augmentation would cost, and start nothing')
  .action(later(async () => (await import('./train-command.ts')).trainCommand));

withPreview(program.command('augment').argument('<folder>', 'pictures as for train'))
  .description('write what training will see of a few pictures')
  .action(later(async () => (await import('./augment-command.ts')).augmentCommand));
withTraining(
  program.command('coach').argument('<folder>', 'one sub-folder a class, or train/val/test folders of them'),
  { writesModel: false },
)
  .description('examine the settings of a run in six steps before it is started, and propose better ones')
  .option('--out <folder>', 'where coach.json and coach.html go; default: <folder>-coach in the current folder')
  .action(later(async () => (await import('./coach-command.ts')).coachCommand));

withTraining(program.command('demo'))
  .description('the whole job on pictures that Fovea draws itself')
  .option('--out <folder>', "where everything goes; default: in Fovea's data folder")
  .option('--images <count>', 'pictures per class', parseNumber, 60)
  .action(later(async () => (await import('./demo-command.ts')).demoCommand));

withSplit(program.command('choose').argument('<folder>', 'one sub-folder a class, or train/val/test folders of them'))
  .description('propose a backbone and how much of it to train, with the reason')
  .option('--time <seconds>', 'what a training may take; default: any', parseNumber)
  .addOption(jsonOption())
  .action(later(async () => (await import('./choose-command.ts')).chooseCommand));

withSplit(program.command('transfer').argument('<folder>', 'one sub-folder a class, or train/val/test folders of them'))
  .description('what did transfer bring? Train a head on a pretrained backbone and a network from scratch, and compare')
  .option('--backbone <id>', 'pretrained network; "fovea doctor" lists those installed')
  .option('--seeds <count>', 'runs of each, from --seed on', parseNumber, 1)
  .option('--epochs <count>', 'of the network from scratch, at most; default: 60', parseNumber)
  .addOption(jsonOption())
  .action(later(async () => (await import('./transfer-command.ts')).transferCommand));

withTta(program.command('predict'))
  .description('name what is in pictures')
  .argument('<model>', 'folder of a trained model')
  .argument('<pictures...>', 'files, or folders with all that is in them')
  .option('--csv', 'print CSV: path, predicted class, one column a class')
  .addOption(jsonOption())
  .action(later(async () => (await import('./predict-command.ts')).predictCommand));

program
  .command('explain')
  .description('show where in pictures a model sees a class')
  .argument('<model>', 'folder of a trained model')
  .argument('<pictures...>', 'files, or folders with all that is in them')
  .requiredOption('--out <folder>', 'where the pictures with their heat maps and heat-maps.json go')
  .option('--class <name>', 'the class to look for; default: of each picture the predicted one')
  .addOption(jsonOption())
  .action(later(async () => (await import('./explain-command.ts')).explainCommand));

withTta(program.command('evaluate'))
  .description('measure a model on a folder with one sub-folder a class')
  .argument('<model>', 'folder of a trained model')
  .argument('<folder>', 'pictures in one sub-folder a class')
  .addOption(jsonOption())
  .action(later(async () => (await import('./evaluate-command.ts')).evaluateCommand));

program
  .command('export')
  .description('write a trained model for other programs, and check what was written')
  .argument('<model>', 'folder of a trained model')
  .option('--out <folder>', 'where the formats go; default: exports beside the model')
  .addOption(formatsOption())
  .option('--zip', 'one zip a format in place of a folder')
  .option('--sample-pictures', 'add a small copy of one of your validation pictures of each class')
  .option(
    '--calibrate <folder>',
    'pictures that calibrate 8-bit formats; default: training pictures that the model noted',
  )
  .addOption(overwriteOption())
  .addOption(jsonOption())
  .action(later(async () => (await import('./export-command.ts')).exportCommand));

addBackbones(program.command('backbones').description('list pretrained backbones, or add and remove them'), later);

addExperiments(program.command('lab').description('show on your pictures what settings do'), (experiment) =>
  later(async () => (await import('./lab-command.ts')).labCommandOf(experiment)),
);

program
  .command('serve')
  .description('start the app and print its address')
  .option('--port <number>', 'port on 127.0.0.1; 0: that of last time, or a free one', parseNumber, 0)
  .option('--open', 'open it in the browser', false)
  .option('--no-open', 'only print the address')
  .action(later(async () => (await import('./serve-command.ts')).serveCommand));

program
  .command('serve-model')
  .description('answer POST /predict with what a trained model says of pictures')
  .argument('<model>', 'folder of a trained model')
  .option('--host <address>', 'where to listen; 0.0.0.0: on every network of this machine', '127.0.0.1')
  .option('--port <number>', '0: any free one', parseNumber, 8080)
  .option('--queue <requests>', 'under way at a time; more are answered 503', parseNumber, 64)
  .option('--max-bytes <bytes>', 'that a picture may have', parseNumber, 20 * 2 ** 20)
  .option('--top <classes>', 'in an answer, the most probable first; default: all', parseNumber)
  .addOption(new Option('--token <text>', 'callers must send "Authorization: Bearer <text>"').env('FOVEA_SERVE_TOKEN'))
  .action(later(async () => (await import('./serve-model-command.ts')).serveModelCommand));

program
  .command('doctor')
  .description('say what this machine has: backends, backbones, folders')
  .addOption(jsonOption())
  .action(later(async () => (await import('./doctor-command.ts')).doctorCommand));

try {
  await program.parseAsync();
} catch (error) {
  const { code, message } = toWireError(error);
  if (code === 'internal' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.stderr.write(`fovea: ${message}\n`);
  if (code === 'internal' || code === 'run/crashed') {
    const { logFolder } = await import('./run-job.ts');
    process.stderr.write(`Details are in ${logFolder()}\n`);
  }
  process.exitCode = exitCodeOf(code);
} finally {
  endEarlyWorker();
}

/** An action whose module is loaded when it runs. */
function later<A extends unknown[]>(load: () => Promise<(...args: A) => Promise<void>>): (...args: A) => Promise<void> {
  return async (...args) => (await load())(...args);
}
