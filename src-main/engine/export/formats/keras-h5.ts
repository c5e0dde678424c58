import { toKerasH5 } from './keras/h5-file.ts';
import { kerasTarget } from './keras/target.ts';

export const kerasH5 = kerasTarget({
  file: 'model.h5',
  make: toKerasH5,
  title: 'Image classifier (Keras, HDF5)',
  runtime: 'Keras 2 or 3',
  labelsPlace: 'the attribute `fovea` of model.h5, which is an HDF5 file',
});
