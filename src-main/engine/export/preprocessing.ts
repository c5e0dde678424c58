import { DECODE_RECIPE } from '../images/recipe.ts';
import type { Classifier } from '../network/classifier.ts';
import { inputShape, type ModelInput } from './target.ts';

/**
 * The exact way from a picture file to the model's input, for people (`steps`) and for programs (the rest). It goes into
 * `preprocessing.json` and into the metadata of the model itself.
 */
export function preprocessingOf({ network, imageSize }: Classifier, model: ModelInput) {
  const [input] = network.nodes;
  if (input?.op !== 'input') throw new Error('A network starts with its input');
  const { page, orientation, colour, background, resize, kernel, crop, channels } = DECODE_RECIPE;
  const area = [imageSize, imageSize];
  return {
    steps: [
      'Decode the picture; of an animation or a document, its first page.',
      'Turn it upright as its EXIF orientation says.',
      'Convert it to sRGB with 8 bits a channel, from its colour profile if it brings one.',
      'Lay what is transparent on white.',
      ...(model.isAnySize ? wholePicture(model) : centreSquare(model, imageSize)),
    ],
    page,
    orientation,
    colour,
    background,
    resize,
    kernel,
    crop,
    channels,
    size: area,
    layout: model.layout,
    shape: inputShape(model, imageSize),
    dtype: model.dtype,
    range: [0, 255],
    normalisation: { insideModel: true, rule: '(pixel - mean) * scale', mean: input.mean, scale: input.scale },
  };
}

function centreSquare({ dtype }: ModelInput, size: number): string[] {
  return [
    `Scale it, keeping its shape, until the shorter side is ${size} pixels, with a triangle filter that averages when it shrinks (antialiased bilinear).`,
    `Cut the ${size} × ${size} pixels in the middle.`,
    `Give the values 0–255 as ${dtype}, RGB. Do not normalise: the model does.`,
  ];
}

function wholePicture({ dtype }: ModelInput): string[] {
  return [`Give all of it, values 0–255 as ${dtype}, RGB. Do not scale, cut or normalise: the model does.`];
}
