import { coreMlTarget } from './coreml/core-ml-target.ts';
import { toNeuralNetwork } from './coreml/neural-network.ts';

const FILE = 'model.mlmodel';

export const coreMlModel = coreMlTarget({
  write: (classifier) => [{ name: FILE, content: toNeuralNetwork(classifier) }],
  title: 'Image classifier (Core ML model)',
  file: FILE,
  systems: 'iOS 13, macOS 10.15',
  precision:
    "Weights are 32-bit floats, but a GPU or the Neural Engine computes with 16 bits: there probabilities can differ from the app's by a few thousandths.",
});
