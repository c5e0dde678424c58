/** The flags of hidden layers: of the head's, and of those of a network from scratch. */
import type { Command } from 'commander';
import {
  DEFAULT_HEAD_SETTINGS,
  DEFAULT_SCRATCH_SETTINGS,
  DROPOUT_KINDS,
  HIDDEN_ACTIVATIONS,
  INITIALISATIONS,
  POOLINGS,
  type HeadSettings,
  type ScratchSettings,
} from '../contract/training.ts';
import { choice, number, parseNumber } from './flag-kinds.ts';

export interface LayerFlags extends Readonly<HeadSettings> {
  readonly scratchSize: number;
  readonly scratchWidth: number;
  readonly scratchBlocks: number;
  readonly batchNorm: boolean;
  readonly pooling: ScratchSettings['pooling'];
  readonly stochasticDepth: number;
}

/** Settings whose flags are not called after them, and those flags. */
export const RENAMED_LAYER_FLAGS: Readonly<Record<string, string>> = {
  'scratch.imageSize': 'scratch-size',
  'scratch.width': 'scratch-width',
  'scratch.blocks': 'scratch-blocks',
};

export function withLayers(command: Command): void {
  const [head, scratch] = [DEFAULT_HEAD_SETTINGS, DEFAULT_SCRATCH_SETTINGS];
  command.optionsGroup('Layers (of the head, and of mode scratch):');
  command.option('--hidden <units>', 'hidden layers of the head, such as 128 or 256,64', parseUnits, head.hidden);
  choice(command, '--activation <name>', 'of hidden layers', HIDDEN_ACTIVATIONS, head.activation);
  number(command, '--maxout-branches <count>', 'linear pieces of each Maxout unit', head.maxoutBranches);
  choice(command, '--initialisation <name>', 'how weights begin', INITIALISATIONS, head.initialisation);
  number(command, '--dropout <share>', 'units of the head that each step cuts', head.dropout);
  const kinds = 'what dropout scales: while training, or afterwards';
  choice(command, '--dropout-kind <name>', kinds, DROPOUT_KINDS, head.dropoutKind);
  number(command, '--drop-connect <share>', 'weights of the head that each step cuts', head.dropConnect);
  number(command, '--scratch-size <pixels>', 'mode scratch: side of its pictures', scratch.imageSize);
  number(command, '--scratch-width <channels>', 'mode scratch: channels of its first stage', scratch.width);
  number(command, '--scratch-blocks <count>', 'mode scratch: residual blocks of each stage', scratch.blocks);
  choice(command, '--pooling <name>', 'mode scratch: how pictures are halved', POOLINGS, scratch.pooling);
  const depth = 'mode scratch: steps that skip the last block';
  number(command, '--stochastic-depth <share>', depth, scratch.stochasticDepth);
  command.option('--no-batch-norm', 'mode scratch: leave batch norm out');
}

/** The settings that the flags give; a network from scratch has the head's activation and initialisation too. */
export function layersOf(flags: LayerFlags) {
  const { hidden, activation, maxoutBranches, initialisation, dropout, dropoutKind, dropConnect } = flags;
  const { batchNorm, pooling, stochasticDepth, scratchSize, scratchWidth, scratchBlocks } = flags;
  const style = { activation, maxoutBranches, initialisation };
  const size = { imageSize: scratchSize, width: scratchWidth, blocks: scratchBlocks };
  return {
    head: { hidden, ...style, dropout, dropoutKind, dropConnect },
    scratch: { ...size, ...style, batchNorm, pooling, stochasticDepth },
  };
}

function parseUnits(text: string): number[] {
  return text.split(',').map(parseNumber);
}
