import { expect, test } from 'vitest';
import { DEFAULT_HEAD_SETTINGS, DEFAULT_SCRATCH_SETTINGS } from '../../../../src-main/contract/training.ts';
import { headNodes } from '../../../../src-main/engine/network/head.ts';
import { layerOutput } from '../../../../src-main/engine/network/layer-output.ts';
import type { Network } from '../../../../src-main/engine/network/network.ts';
import { residualNetwork } from '../../../../src-main/engine/network/residual.ts';
import { randomNetwork } from '../../../helpers/random-network.ts';

const outputsOf = (network: Network) =>
  Object.fromEntries(
    network.nodes.flatMap((node) => {
      if (!('kernel' in node)) return [];
      const { node: output, activation } = layerOutput(network, node.name);
      return [[node.name, [output, activation]]];
    }),
  );

test('a residual network gives its values behind batch norms, and behind the sum of branch and shortcut', () => {
  const settings = {
    ...DEFAULT_SCRATCH_SETTINGS,
    width: 8,
    blocks: 1,
    activation: 'prelu' as const,
    stochasticDepth: 0.5,
  };
  const preprocessing = () => [];
  const network = residualNetwork({ settings, head: DEFAULT_HEAD_SETTINGS, classCount: 3, seed: 0, preprocessing });
  expect(outputsOf(network)).toEqual({
    stem: ['stem_prelu', 'prelu'],
    stage_1_block_1_conv_1: ['stage_1_block_1_conv_1_prelu', 'prelu'],
    stage_1_block_1_conv_2: ['stage_1_block_1_prelu', 'prelu'],
    stage_2_block_1_conv_1: ['stage_2_block_1_conv_1_prelu', 'prelu'],
    stage_2_block_1_conv_2: ['stage_2_block_1_prelu', 'prelu'],
    stage_2_block_1_shortcut: ['stage_2_block_1_prelu', 'prelu'],
    stage_3_block_1_conv_1: ['stage_3_block_1_conv_1_prelu', 'prelu'],
    stage_3_block_1_conv_2: ['stage_3_block_1_prelu', 'prelu'],
    stage_3_block_1_shortcut: ['stage_3_block_1_prelu', 'prelu'],
    logits: ['logits', null],
  });
});

test('the branches of a Maxout layer give the last of their maxima', () => {
  const head = {
    ...DEFAULT_HEAD_SETTINGS,
    hidden: [4],
    activation: 'maxout' as const,
    maxoutBranches: 3,
    dropout: 0.5,
  };
  const nodes = headNodes(head, { embedding: 'embedding', featureCount: 2, classCount: 3 }, 0);
  const branches = ['hidden_1', 'hidden_1_branch_2', 'hidden_1_branch_3'].map((name) => [
    name,
    ['hidden_1_max_2', 'maxout'],
  ]);
  expect(outputsOf({ nodes })).toEqual({ ...Object.fromEntries(branches), logits: ['logits', null] });
});

test('linear sums that join a shortcut without an activation are a layer of their own', () => {
  const network = randomNetwork({
    size: [6, 6],
    classes: 2,
    seed: 1,
    layers: [
      { kind: 'conv', kernel: [1, 1], stride: 1, channels: 3, activation: 'relu' },
      { kind: 'residual', kernel: [3, 3], stride: 1, channels: 3, activation: null },
      { kind: 'conv', kernel: [1, 1], stride: 1, channels: 3, activation: 'relu6' },
    ],
  });
  expect(outputsOf(network)).toEqual({
    layer_0: ['layer_0_relu', 'relu'],
    layer_1_depthwise: ['layer_1_depthwise', null],
    layer_1_project: ['layer_1_project', null],
    layer_2: ['layer_2_relu6', 'relu6'],
    logits: ['logits', null],
  });
});
