/** What both of Core ML's formats tell of a classifier: input, outputs, and metadata that Xcode and programs read. */
import type { Classifier } from '../../../network/classifier.ts';
import { preprocessingOf } from '../../preprocessing.ts';
import type { ModelInput } from '../../target.ts';

/** The input is a picture, which Core ML and Vision make of a file. */
export const INPUT: ModelInput = { layout: 'NHWC', dtype: 'uint8' };

/** Names that coremltools gives. */
export const IMAGE = 'image';
export const CLASS_LABEL = 'classLabel';
export const PROBABILITIES = 'classLabel_probs';

/** `ImageFeatureType.ColorSpace.RGB` */
const RGB = 20;

/**
 * A `ModelDescription`. Its `userDefined` strings are
 * - `labels`: the class names in the order of the training, as a JSON array,
 * - `preprocessing`: how a picture file becomes the input, as JSON,
 * - `backbone`, `backbone_licence`.
 */
export function modelDescription(classifier: Classifier) {
  const { labels, imageSize, backbone, licence } = classifier;
  return {
    input: [
      {
        name: IMAGE,
        shortDescription: `Picture, RGB, ${imageSize} × ${imageSize} pixels: scaled by its shorter side, cut to the centre square`,
        type: { imageType: { width: imageSize, height: imageSize, colorSpace: RGB } },
      },
    ],
    output: [
      { name: CLASS_LABEL, shortDescription: 'Most probable class', type: { stringType: {} } },
      {
        name: PROBABILITIES,
        shortDescription: 'Probability of each class, 0 to 1',
        type: { dictionaryType: { stringKeyType: {} } },
      },
    ],
    predictedFeatureName: CLASS_LABEL,
    predictedProbabilitiesName: PROBABILITIES,
    metadata: {
      shortDescription: `Tells ${labels.length} classes of pictures apart`,
      author: 'Made with Fovea',
      license: `The backbone, ${backbone}, is licensed under ${licence}`,
      userDefined: {
        labels: JSON.stringify(labels),
        preprocessing: JSON.stringify(preprocessingOf(classifier, INPUT)),
        backbone,
        backbone_licence: licence,
      },
    },
  };
}
