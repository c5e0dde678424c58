import type { Augmentation, AugmentationPreview } from '../contract/augment.ts';

type SeenEpoch = AugmentationPreview['epochs'][number];

/** What was done to a picture, in one line: "mirrored, 81 % of the area, turned 4.2°, …"; "as it is" for nothing. */
export function augmentationWords({ augmentation, mix }: Pick<SeenEpoch, 'augmentation' | 'mix'>): string {
  const words = [...shapeWords(augmentation), ...valueWords(augmentation), ...mixWords(mix)];
  return words.length === 0 ? 'as it is' : words.join(', ');
}

function shapeWords({ isFlipped, crop, rotationRadians, lensCoefficient }: Augmentation): string[] {
  const area = crop.width * crop.height;
  const degrees = (rotationRadians * 180) / Math.PI;
  return [
    ...(isFlipped ? ['mirrored'] : []),
    ...(area < 1 ? [`${percent(area)} of the area`] : []),
    ...(degrees === 0 ? [] : [`turned ${degrees.toFixed(1)}°`]),
    ...(lensCoefficient === 0
      ? []
      : [`${lensCoefficient > 0 ? 'barrel' : 'pincushion'} ${percent(Math.abs(lensCoefficient))}`]),
  ];
}

function valueWords({ brightness, contrast, saturation, hueTurns, blurSigma, cutout }: Augmentation): string[] {
  const factors = Object.entries({ brightness, contrast, saturation }).filter(([, factor]) => factor !== 1);
  return [
    ...factors.map(([name, factor]) => `${name} × ${factor.toFixed(2)}`),
    ...(hueTurns === 0 ? [] : [`hue ${(360 * hueTurns).toFixed(1)}°`]),
    ...(blurSigma === 0 ? [] : [`blur ${blurSigma.toFixed(1)} pixels`]),
    ...(cutout === null ? [] : [`${percent(cutout.width * cutout.height)} hidden`]),
  ];
}

function mixWords(mix: SeenEpoch['mix']): string[] {
  if (mix === null) return [];
  const other = `${mix.path} (${mix.className})`;
  return [
    mix.kind === 'mixup' ? `${percent(1 - mix.share)} of ${other} mixed in` : `${percent(1 - mix.share)} from ${other}`,
  ];
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
