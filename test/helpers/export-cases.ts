import {
  DEFAULT_HEAD_SETTINGS,
  DEFAULT_SCRATCH_SETTINGS,
  HIDDEN_ACTIVATIONS,
  POOLINGS,
} from '../../src-main/contract/training.ts';
import type { Network } from '../../src-main/engine/network/network.ts';
import { settle } from '../../src-main/engine/network/settle.ts';
import { backboneClassifier, everyNodeNetwork } from './classifiers.ts';
import { networkOf } from './random-settings.ts';

export interface ExportCase {
  readonly name: string;
  readonly network: Network;
  /** Side of its pictures, pixels. */
  readonly size: number;
}

/** Every kind of node, a network from scratch of every activation with all poolings and a mean image, and real backbones. */
export async function exportCases(backbones: readonly string[]): Promise<ExportCase[]> {
  const scratch = HIDDEN_ACTIVATIONS.map((activation, index) => {
    const settings = {
      scratch: { ...DEFAULT_SCRATCH_SETTINGS, imageSize: 17, width: 3, activation, pooling: POOLINGS[index % 3]! },
      head: { ...DEFAULT_HEAD_SETTINGS, hidden: [5], activation, dropout: 0.5, dropoutKind: 'plain' as const },
      hasMeanImage: index % 2 === 0,
      seed: 2,
    };
    return { name: activation, network: settle(networkOf(settings)), size: 17 };
  });
  const real = backbones.map(async (name) => {
    const { network, imageSize } = await backboneClassifier(name, ['ant', 'bee', 'wasp']);
    return { name, network, size: imageSize };
  });
  return [
    { name: 'every node', network: everyNodeNetwork({ size: 33 }), size: 33 },
    ...scratch,
    ...(await Promise.all(real)),
  ];
}
