import { expect, test } from 'vitest';
import type { BackboneChoice } from '../../../../src-main/contract/backbones.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../../../src-main/contract/training.ts';
import { isAsProposed, withProposal } from '../../../../src-renderer/lib/proposal-words.ts';

const choice = (id: string, isDefault: boolean): BackboneChoice => ({
  id,
  title: id,
  isInstalled: true,
  isOnRequest: false,
  isAdded: false,
  sizeBytes: 7_000_000,
  isDefault,
  parameterCount: 1,
  imageSize: 224,
  licence: '',
});
const backbones = [choice('usual', true), choice('other', false)];

test('a proposal takes the place of what it speaks of, and leaves the default backbone unnamed', () => {
  const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 7, backbone: 'other', cut: 'x' };
  const proposed = { mode: 'upper', augmentation: 'cached', backbone: 'usual' } as const;
  expect(isAsProposed(config, proposed, backbones)).toBe(false);
  const used = withProposal(config, proposed, backbones);
  expect(used).toEqual({ ...DEFAULT_TRAIN_CONFIG, epochs: 7, mode: 'upper', augmentation: 'cached' });
  expect(isAsProposed(used, proposed, backbones)).toBe(true);
});

test('a cut stays where the backbone does', () => {
  const config = { ...DEFAULT_TRAIN_CONFIG, cut: 'x' };
  const used = withProposal(config, { mode: 'upper', augmentation: 'off', backbone: 'usual' }, backbones);
  expect(used.cut).toBe('x');
});
