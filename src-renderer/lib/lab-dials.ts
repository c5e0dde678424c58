/** The sliders of the lab's experiments. Ranges are the contract's, but where it allows more than a screen can show. */
import type { z } from 'zod';
import { depthOptions, type DepthOptions } from '../../src-main/contract/lab/depth.ts';
import { dropoutOptions, type DropoutOptions } from '../../src-main/contract/lab/dropout.ts';
import { penaltyOptions, type PenaltyOptions } from '../../src-main/contract/lab/penalties.ts';
import { preprocessingOptions, type PreprocessingOptions } from '../../src-main/contract/lab/preprocessing.ts';
import { curveOptions, type CurveOptions } from '../../src-main/contract/lab/activation-curves.ts';
import { m } from '../paraglide/messages.js';
import { formatPercent } from './format.ts';
import { boundsOf } from './settings.ts';
import { evenScale, type SliderScale } from './slider-scale.ts';
import { count } from './words.ts';

export interface LabDial<Options> {
  readonly name: string;
  readonly scale: SliderScale;
  readonly value: number;
  readonly shown: string;
  readonly set: (value: number) => Options;
}

type NumberOption<Options> = {
  [Name in keyof Options]-?: number extends Options[Name] ? Name : Options[Name] extends number ? Name : never;
}[keyof Options];

interface DialOptions {
  readonly step?: number;
  /** Where less than the contract allows is offered. */
  readonly max?: number;
  readonly format?: (value: number) => string;
}

/** Makes the sliders of one experiment. */
function dialsFor<Options>(shape: Readonly<Record<string, z.ZodType>>, options: Options) {
  return (
    name: string,
    option: NumberOption<Options> & string,
    { step = 1, max, format = count }: DialOptions = {},
  ): LabDial<Options> => {
    const schema = shape[option];
    if (schema === undefined) throw new TypeError(`No option is called ${option}`);
    const bounds = boundsOf(schema);
    const value = Number(options[option]);
    const scale = evenScale(bounds.min, Math.min(bounds.max, max ?? bounds.max), step);
    return { name, scale, value, shown: format(value), set: (next) => ({ ...options, [option]: next }) };
  };
}

export function curveDials(options: CurveOptions): readonly LabDial<CurveOptions>[] {
  const dial = dialsFor(curveOptions.shape, options);
  return [
    dial(m.lab_dial_from(), 'from', { step: 0.5, format: String }),
    dial(m.lab_dial_to(), 'to', { step: 0.5, format: String }),
    dial(m.lab_dial_pictures(), 'pictures', { step: 2 }),
    dial(m.lab_dial_units(), 'units', { step: 2 }),
  ];
}

export function depthDials(options: DepthOptions): readonly LabDial<DepthOptions>[] {
  const dial = dialsFor(depthOptions.shape, options);
  return [
    dial(m.lab_dial_depth(), 'depth', { max: 24 }),
    dial(m.lab_dial_width(), 'width', { step: 8, max: 512 }),
    dial(m.lab_dial_pictures(), 'pictures', { step: 2 }),
  ];
}

export function preprocessingDials(options: PreprocessingOptions): readonly LabDial<PreprocessingOptions>[] {
  return [dialsFor(preprocessingOptions.shape, options)(m.lab_dial_size(), 'sizePx', { step: 4, format: pixels })];
}

export function dropoutDials(options: DropoutOptions): readonly LabDial<DropoutOptions>[] {
  const dial = dialsFor(dropoutOptions.shape, options);
  return [
    dial(m.lab_dial_rate(), 'rate', { step: 0.05, format: (value) => formatPercent(value, 0) }),
    dial(m.lab_dial_hidden(), 'units', { step: 16, max: 512 }),
    dial(m.lab_dial_masks(), 'masks', { step: 2, max: 400 }),
    dial(m.lab_dial_epochs(), 'epochs', { max: 100 }),
  ];
}

export function penaltyDials(options: PenaltyOptions): readonly LabDial<PenaltyOptions>[] {
  const dial = dialsFor(penaltyOptions.shape, options);
  return [
    dial(m.lab_dial_pictures(), 'pictures', { step: 4, max: 2000 }),
    dial(m.lab_dial_steps(), 'iterations', { step: 1, max: 2000 }),
    dial(m.lab_dial_tolerance(), 'tolerance', { step: 0.005, max: 0.1, format: (value) => formatPercent(value) }),
  ];
}

const pixels = (value: number): string => `${value}\u00a0px`;
