/** The flags of `lab`: each option of an experiment has one, with the default and the range that the contract gives it. */
import type { Command } from 'commander';
import { EngineError } from '../contract/errors.ts';
import { curveOptions } from '../contract/lab/activation-curves.ts';
import { depthOptions } from '../contract/lab/depth.ts';
import { dropoutOptions } from '../contract/lab/dropout.ts';
import {
  EXPERIMENTS,
  type Experiment,
  type ExperimentOptions,
  type ExperimentOrder,
} from '../contract/lab/experiments.ts';
import { penaltyOptions } from '../contract/lab/penalties.ts';
import { preprocessingOptions } from '../contract/lab/preprocessing.ts';
import { HIDDEN_ACTIVATIONS, INITIALISATIONS } from '../contract/training.ts';

export type LabFlags = Readonly<Record<string, unknown>> & { readonly json?: boolean };

const SCHEMAS = {
  preprocessing: preprocessingOptions,
  activationCurves: curveOptions,
  depth: depthOptions,
  penalties: penaltyOptions,
  dropout: dropoutOptions,
};

const TITLES: Readonly<Record<Experiment, string>> = {
  preprocessing: 'what centring, standardising, PCA and whitening do to the pixels',
  activationCurves: 'curves and gradients of the activations, and why outputs of one sign are a hindrance',
  depth: 'what each initialisation makes of the signal in a deep network, layer by layer',
  penalties: 'L1 against L2: which weights are left, at what accuracy',
  dropout: 'dropout as an ensemble: many masks against the scaled network',
};

const seed = 'draws pictures, split and weights';
const shared = { backbone: 'pretrained network; "fovea doctor" lists those installed', seed };

const DESCRIPTIONS: { readonly [E in Experiment]: { readonly [O in keyof Required<ExperimentOptions[E]>]: string } } = {
  preprocessing: {
    sizePx: 'side of the square that each picture becomes, pixels',
    components: 'principal components in the result; default: 16',
    seed: 'draws the split',
  },
  activationCurves: {
    from: 'least x that is drawn',
    to: 'largest x that is drawn',
    points: 'points of each curve',
    pictures: 'training pictures in the batch that shows the signs',
    units: 'units of each of its hidden layers',
    ...shared,
  },
  depth: {
    initialisations: `of ${INITIALISATIONS.join(',')}`,
    activations: `of ${HIDDEN_ACTIVATIONS.join(',')}`,
    depth: 'hidden layers',
    width: 'units of each',
    reads: 'pixels or embeddings',
    imageSize: 'side of the pictures, pixels',
    pictures: 'training pictures that are run through',
    bins: 'of each histogram',
    ...shared,
  },
  penalties: {
    strengths: 'of each penalty',
    pictures: 'of each split, at most',
    iterations: 'steps of the solver',
    tolerance: 'of accuracy, within which heads count as equally good',
    bins: 'of each histogram',
    ...shared,
  },
  dropout: {
    units: 'of the hidden layer; 0: a linear head',
    rate: 'share that is dropped',
    masks: 'networks of the ensemble',
    epochs: 'of training',
    pictures: 'validation pictures that are listed one by one',
    ...shared,
  },
};

/** Adds a command an experiment. @param actionOf  what each does with its folder and its flags */
export function addExperiments(
  lab: Command,
  actionOf: (experiment: Experiment) => (folder: string, flags: LabFlags) => Promise<void>,
): void {
  for (const experiment of EXPERIMENTS) {
    const command = lab
      .command(kebab(experiment))
      .description(TITLES[experiment])
      .argument('<folder>', 'pictures as for train');
    const defaults: LabFlags = SCHEMAS[experiment].parse({});
    for (const [option, description] of Object.entries(DESCRIPTIONS[experiment])) {
      const byDefault = defaults[option];
      const isList = Array.isArray(byDefault);
      const flag = `--${kebab(option)} <${isList ? 'list' : 'value'}>`;
      if (isList) command.option(flag, description, (text: string) => text.split(',').map(valueOf), byDefault);
      else command.option(flag, description, valueOf, byDefault);
    }
    command.option('--json', 'print the whole result as one JSON object');
    command.action(actionOf(experiment));
  }
}

/** @throws EngineError `setting/out-of-range` that names the flag, its value and what is allowed. */
export function toOrder(experiment: Experiment, flags: LabFlags): ExperimentOrder {
  const parsed = SCHEMAS[experiment].safeParse(flags); // drops --json
  if (parsed.success) return { experiment, options: parsed.data } as ExperimentOrder; // as: by the experiment's own schema
  const [issue] = parsed.error.issues;
  const setting = String(issue?.path[0] ?? '');
  const value = String(flags[setting]);
  const allowed = issue?.message ?? 'it is out of range';
  const message = `--${kebab(setting)} ${value} cannot be used: ${allowed}.`;
  throw new EngineError('setting/out-of-range', message, { setting, value, allowed });
}

/** A number, or the text where it is none: the schema refuses it, and the refusal shows what was typed. */
function valueOf(text: string): number | string {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
