import { coreMlTarget } from './coreml/core-ml-target.ts';
import { toMlProgram } from './coreml/ml-program.ts';
import { modelPackage } from './coreml/package.ts';

const PACKAGE = 'model.mlpackage';

export const coreMl = coreMlTarget({
  write: (classifier) => modelPackage(PACKAGE, toMlProgram(classifier)),
  title: 'Image classifier (Core ML package)',
  file: PACKAGE,
  systems: 'iOS 15, macOS 12',
  precision: "Weights and sums are 16-bit floats: probabilities can differ from the app's by a few thousandths.",
});
