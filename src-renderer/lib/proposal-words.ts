/** What is proposed for a project's pictures, in the user's language, and whether the settings are so already. */
import { TRANSFER_MODES, type ModeRule, type Proposal, type TransferMode } from '../../src-main/contract/choosing.ts';
import type { BackboneChoice } from '../../src-main/contract/backbones.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import { m } from '../paraglide/messages.js';
import { formatPercent } from './format.ts';
import { withSetting } from './settings.ts';
import { count } from './words.ts';

/** Why, in one sentence. */
export function ruleWords({ rule, evidence }: Pick<Proposal, 'rule' | 'evidence'>): string {
  const facts = {
    count: count(evidence.trainingCount),
    median: count(evidence.imagesPerClass.median),
    checked: count(evidence.checkedCount),
    accuracy: formatPercent(winnerAccuracy(evidence)),
  };
  const words: Readonly<Record<ModeRule, (known: typeof facts) => string>> = {
    scarce: m.rule_scarce,
    'no-room': m.rule_no_room,
    'few-similar': m.rule_few_similar,
    'few-different': m.rule_few_different,
    'many-similar': m.rule_many_similar,
    'many-different': m.rule_many_different,
    'very-many': m.rule_very_many,
  };
  return words[rule](facts);
}

/** What speaks for or against a mode that is not proposed. */
export function alternativeWords(mode: TransferMode, { mode: proposed, evidence }: Proposal): string {
  if (mode === 'head') return m.other_head({ accuracy: formatPercent(winnerAccuracy(evidence)) });
  const isMore = TRANSFER_MODES.indexOf(mode) > TRANSFER_MODES.indexOf(proposed);
  return isMore ? m.other_more({ count: count(evidence.trainingCount) }) : m.other_less();
}

function winnerAccuracy({ race }: Proposal['evidence']): number {
  return race.standings.find(({ id }) => id === race.winner)?.accuracy ?? NaN;
}

export type ProposedSettings = Pick<Proposal, 'mode' | 'augmentation' | 'backbone'>;

/** The settings with what is proposed in its place; the rest stays. A cut is a node of one backbone, so another takes its own. */
export function withProposal(
  config: TrainConfig,
  { mode, augmentation, backbone }: ProposedSettings,
  backbones: readonly BackboneChoice[],
): TrainConfig {
  const isSame = backbone === backboneOf(config, backbones);
  const next = { ...config, mode, augmentation };
  if (isSame) return next;
  const isDefault = backbones.some(({ id, isDefault }) => id === backbone && isDefault);
  return withSetting(withSetting(next, 'cut', undefined), 'backbone', isDefault ? undefined : backbone);
}

export function isAsProposed(
  config: TrainConfig,
  { mode, augmentation, backbone }: ProposedSettings,
  backbones: readonly BackboneChoice[],
): boolean {
  return config.mode === mode && config.augmentation === augmentation && backboneOf(config, backbones) === backbone;
}

function backboneOf(config: TrainConfig, backbones: readonly BackboneChoice[]): string | null {
  return config.backbone ?? backbones.find(({ isDefault }) => isDefault)?.id ?? null;
}
