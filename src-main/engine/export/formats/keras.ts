import { toKerasZip } from './keras/keras-file.ts';
import { kerasTarget } from './keras/target.ts';

export const keras = kerasTarget({
  file: 'model.keras',
  make: toKerasZip,
  title: 'Image classifier (Keras 3)',
  runtime: 'Keras 3',
  labelsPlace: 'the member `fovea.json` of model.keras, which is a zip',
});
