import fc from 'fast-check';
import type { AugmentSettings } from '../../src-main/contract/augment.ts';

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const probability = fc.oneof(fc.constantFrom(0, 1), between(0, 1));

/** Any settings that the contract allows. */
export const anySettings: fc.Arbitrary<AugmentSettings> = fc.record({
  flip: fc.boolean(),
  flipProbability: probability,
  minCropArea: between(0.05, 1),
  scaleRange: fc.option(
    fc
      .tuple(between(224, 1000), between(224, 1000))
      .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
  ),
  cropProbability: probability,
  rotationDegrees: between(0, 180),
  rotationProbability: probability,
  colourJitter: between(0, 1),
  hueJitter: fc.option(between(0, 0.5)),
  colourProbability: probability,
  lensDistortion: between(0, 0.3),
  lensProbability: probability,
  blurSigma: between(0, 10),
  blurProbability: probability,
  cutoutShare: between(0, 1),
  cutoutProbability: probability,
});
