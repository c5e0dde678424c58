import type { Command } from 'commander';
import { parseNumber } from './flag-kinds.ts';
import { jsonOption } from './training-flags.ts';

type Later = <A extends unknown[]>(load: () => Promise<(...args: A) => Promise<void>>) => (...args: A) => Promise<void>;

/** `backbones [list]`, `backbones add`, `backbones remove`. */
export function addBackbones(backbones: Command, later: Later): void {
  backbones
    .command('list', { isDefault: true })
    .description('all that are known, and which are here')
    .addOption(jsonOption())
    .action(later(async () => (await import('./backbones-command.ts')).listCommand));
  backbones
    .command('add')
    .argument('<source>', 'id of the catalogue, address, folder or file of a model (TF.js, Keras .h5 or .keras)')
    .description('bring a backbone; a download goes on where it stopped, and nothing else is asked of the network')
    .option('--id <id>', 'what to call a model of your own; default: after its address or file')
    .option('--title <text>', 'its name in lists')
    .option('--licence <SPDX>', 'licence of its weights')
    .option(
      '--input-range <least,greatest>',
      'colours that it wants, e.g. 0,1 or -1,1; default: as usual in its format',
      parseRange,
    ) // prettier-ignore
    .option('--image-size <pixels>', 'side of its pictures; default: what the model says, else 224', parseNumber)
    .addOption(jsonOption())
    .action(later(async () => (await import('./backbones-command.ts')).addCommand));
  backbones
    .command('remove')
    .argument('<id>', 'one that you have added')
    .description('take an added backbone away')
    .action(later(async () => (await import('./backbones-command.ts')).removeCommand));
}

function parseRange(text: string): number[] {
  return text.split(',').map(parseNumber);
}
