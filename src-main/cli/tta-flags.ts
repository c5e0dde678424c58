/** The flags of test-time augmentation. Which scales a model takes, the engine knows and checks. */
import { InvalidArgumentError, type Command } from 'commander';
import { CROP_SETS, CROPS, type TtaSettings } from '../contract/test-time-augmentation.ts';
import { parseNumber } from './flag-kinds.ts';

export interface TtaFlags {
  readonly tta?: boolean;
  readonly ttaScales?: readonly number[];
  readonly ttaCrops?: TtaSettings['crops'];
}

export function withTta(command: Command): Command {
  const list = (text: string): string[] => text.split(',').filter((part) => part.trim() !== '');
  return command
    .option('--tta', 'test-time augmentation: average over several sizes and crops of each picture')
    .option(
      '--tta-scales <list>',
      "shorter sides of the picture before it is cut, pixels; default: 224,256,384,480,640 for a network of 224, else in proportion. Implies '--tta'",
      (text) => list(text).map(parseNumber),
    )
    .option(
      '--tta-crops <list>',
      `${CROP_SETS.join(', ')} (default), or some of ${CROPS.join(',')}. Implies '--tta'`,
      (text) => CROP_SETS.find((set) => set === text.trim()) ?? list(text).map(parseCrop),
    );
}

function parseCrop(name: string): (typeof CROPS)[number] {
  const crop = CROPS.find((known) => known === name.trim());
  if (crop !== undefined) return crop;
  throw new InvalidArgumentError(`"${name}" is not one of ${[...new Set([...CROP_SETS, ...CROPS])].join(', ')}.`);
}

/** What the flags mean to a job: nothing where none of them is given. */
export function ttaOf({ tta, ttaScales, ttaCrops }: TtaFlags): { readonly tta?: TtaSettings } {
  if (!tta && ttaScales === undefined && ttaCrops === undefined) return {};
  return { tta: { ...(ttaScales === undefined ? {} : { scales: [...ttaScales] }), crops: ttaCrops ?? 'ten' } };
}
