/** The words of the lab's experiments, in the language that holds. */
import type { ActivationCurve } from '../../src-main/contract/lab/activation-curves.ts';
import type { DepthRun } from '../../src-main/contract/lab/depth.ts';
import type { PenalisedHead } from '../../src-main/contract/lab/penalties.ts';
import type { PREPROCESSING_STAGES } from '../../src-main/contract/lab/preprocessing.ts';
import type { HiddenActivation, Initialisation } from '../../src-main/contract/training.ts';
import { m } from '../paraglide/messages.js';

/** In the order of their tabs. */
export const LAB_TABS = ['activations', 'initialisation', 'preprocessing', 'dropout', 'penalties', 'transfer'] as const;
export type LabTab = (typeof LAB_TABS)[number];

interface TabWords {
  readonly name: string;
  readonly title: string;
  /** Three sentences: what is seen, why it is so, what to do. */
  readonly lesson: readonly [string, string, string];
}

export function tabWords(tab: LabTab): TabWords {
  switch (tab) {
    case 'activations':
      return {
        name: m.lab_activations(),
        title: m.lab_activations_title(),
        lesson: [m.lab_activations_1(), m.lab_activations_2(), m.lab_activations_3()],
      };
    case 'initialisation':
      return {
        name: m.lab_initialisation(),
        title: m.lab_initialisation_title(),
        lesson: [m.lab_initialisation_1(), m.lab_initialisation_2(), m.lab_initialisation_3()],
      };
    case 'preprocessing':
      return {
        name: m.lab_preprocessing(),
        title: m.lab_preprocessing_title(),
        lesson: [m.lab_preprocessing_1(), m.lab_preprocessing_2(), m.lab_preprocessing_3()],
      };
    case 'dropout':
      return {
        name: m.lab_dropout(),
        title: m.lab_dropout_title(),
        lesson: [m.lab_dropout_1(), m.lab_dropout_2(), m.lab_dropout_3()],
      };
    case 'penalties':
      return {
        name: m.lab_penalties(),
        title: m.lab_penalties_title(),
        lesson: [m.lab_penalties_1(), m.lab_penalties_2(), m.lab_penalties_3()],
      };
    case 'transfer':
      return {
        name: m.lab_transfer(),
        title: m.lab_transfer_title(),
        lesson: [m.lab_transfer_1(), m.lab_transfer_2(), m.lab_transfer_3()],
      };
  }
}

/** Names, the same in every language. */
const ACTIVATIONS: Readonly<Record<HiddenActivation, string>> = {
  relu: 'ReLU',
  leakyRelu: 'Leaky ReLU',
  prelu: 'PReLU',
  elu: 'ELU',
  selu: 'SELU',
  maxout: 'Maxout',
  tanh: 'tanh',
  sigmoid: 'Sigmoid',
};

export const activationName = (activation: HiddenActivation): string => ACTIVATIONS[activation];

/** A curve's name; Maxout has two, by the pieces that it is made of. */
export function curveName({ activation, pieces }: Pick<ActivationCurve, 'activation' | 'pieces'>): string {
  if (pieces === null) return activationName(activation);
  const isAbsolute = pieces.some(({ weight }) => weight < 0);
  return `${activationName(activation)} ${isAbsolute ? '|x|' : 'max(0, x)'}`;
}

export function saturatesWords(saturates: ActivationCurve['saturates']): string {
  return { 'both ends': m.lab_saturates_both, below: m.lab_saturates_below, never: m.lab_saturates_never }[saturates]();
}

export function activationCost(cost: ActivationCurve['cost']): string {
  const words = {
    comparison: m.lab_cost_comparison,
    exponential: m.lab_cost_exponential,
    'second sum': m.lab_cost_second_sum,
  };
  return words[cost]();
}

/** Null where there is nothing to say. */
export function activationAdvice(advice: ActivationCurve['advice']): string | null {
  if (advice === null) return null;
  return { first: m.lab_advice_first, try: m.lab_advice_try, avoid: m.lab_advice_avoid }[advice]();
}

export function initialisationName(initialisation: Initialisation): string {
  return { small: m.lab_init_small, large: m.lab_init_large, xavier: m.lab_init_xavier, he: m.lab_init_he }[
    initialisation
  ]();
}

export function depthVerdict(verdict: DepthRun['verdict']): string {
  const words = {
    keeps: m.lab_keeps,
    collapses: m.lab_collapses,
    saturates: m.lab_saturates,
    explodes: m.lab_explodes,
    vanishes: m.lab_vanishes,
  };
  return words[verdict]();
}

export function stageWords(stage: (typeof PREPROCESSING_STAGES)[number]): string {
  const words = {
    original: m.lab_stage_original,
    centred: m.lab_stage_centred,
    standardised: m.lab_stage_standardised,
    decorrelated: m.lab_stage_decorrelated,
    whitened: m.lab_stage_whitened,
  };
  return words[stage]();
}

export function channelName(channel: 'red' | 'green' | 'blue'): string {
  return { red: m.lab_red, green: m.lab_green, blue: m.lab_blue }[channel]();
}

export function penaltyName(penalty: PenalisedHead['penalty']): string {
  return penalty === 'none' ? m.lab_no_penalty() : penalty.toUpperCase();
}
