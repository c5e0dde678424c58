import { z } from 'zod';
import { EngineError } from '../contract/errors.ts';
import { trainConfig, type TrainConfig } from '../contract/training.ts';
import type { TrainFlags } from './training-flags.ts';

/** @throws EngineError `setting/out-of-range` that names the flag, its value and what is allowed. */
export function toTrainConfig(flags: Omit<TrainFlags, 'formats'>): TrainConfig {
  const { valFraction, augmentFlip, minCropArea, rotationDegrees, colourJitter, ...sameNames } = flags;
  const settings = {
    ...sameNames,
    validationFraction: valFraction,
    augment: { flip: augmentFlip, minCropArea, rotationDegrees, colourJitter },
  };
  const parsed = trainConfig.safeParse(settings); // drops the flags that are no settings
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String) ?? [];
  const value = String(path.reduce<unknown>(memberOf, settings));
  const allowed = rangeWords(path) ?? issue?.message ?? 'it is out of range';
  const message = `--${flagOf(path)} ${value} cannot be used: ${allowed}.`;
  throw new EngineError('setting/out-of-range', message, { setting: path.join('.'), value });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : value;
}

function flagOf(path: readonly string[]): string {
  const name = path.at(-1) ?? '';
  if (name === 'validationFraction') return 'val-fraction';
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const range = z.object({
  type: z.enum(['number', 'integer']),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number(),
});

/** What the contract allows for a number, so that no other range is ever named; null for what is no number. */
function rangeWords(path: readonly string[]): string | null {
  const schema = path.reduce<unknown>(
    (node, name) => memberOf(memberOf(node, 'properties'), name),
    z.toJSONSchema(trainConfig),
  );
  const found = range.safeParse(schema);
  if (!found.success) return null;
  const { type, minimum, exclusiveMinimum, maximum } = found.data;
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  const from = exclusiveMinimum === undefined ? `from ${minimum ?? 0}` : `above ${exclusiveMinimum}`;
  return `it takes ${kind} ${from} to ${maximum}`;
}
