import type { TrainConfig } from '../contract/training.ts';
import { defaultBackboneId, loadBackbone, type Backbone } from '../engine/backbones/catalogue.ts';
import { backboneFromClassifier } from '../engine/backbones/from-classifier.ts';
import { possibleCuts } from '../engine/network/cut.ts';
import { residualNetwork } from '../engine/network/residual.ts';
import { finalShape } from '../engine/network/shapes.ts';

/** What a run builds on: a trained model, an installed backbone, or a network from scratch, untrained and as it stands before its head. */
export async function backboneOf(config: TrainConfig, classCount: number): Promise<Backbone> {
  if (config.from !== undefined) return backboneFromClassifier(config.from);
  if (config.mode !== 'scratch') return loadBackbone(config.backbone ?? (await defaultBackboneId()));
  const { scratch: settings, head, seed } = config;
  const whole = residualNetwork({ settings, head, classCount, seed, preprocessing: () => [] });
  const embedding = whole.nodes.findIndex(({ name }) => name === 'embedding');
  const network = { nodes: whole.nodes.slice(0, embedding + 1) };
  const [featureCount = 0] = finalShape(network);
  const shape = `${settings.width}x${settings.blocks}`;
  return {
    id: 'scratch',
    title: 'From scratch',
    network,
    imageSize: settings.imageSize,
    featureCount,
    cut: possibleCuts(network)[0] ?? '',
    licence: 'Apache-2.0',
    contentHash: `scratch ${shape}`,
  };
}
