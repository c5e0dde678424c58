import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawBeta } from '../../../../src-main/engine/augment/beta.ts';
import {
  drawBox,
  mixExamples,
  mixLabels,
  planMix,
  requireMixable,
  type MixPlan,
} from '../../../../src-main/engine/augment/mix.ts';
import { createRandom, type Random } from '../../../../src-main/engine/random.ts';
import { largestDifference, referenceEffects } from '../../../helpers/formula-pictures.ts';

const { batch, mixup, cutmix, beta } = referenceEffects();
const images = Float32Array.from(batch.images);
const oneHot = Float32Array.from({ length: batch.size * batch.classCount }, (_, at) =>
  batch.classes[Math.floor(at / batch.classCount)] === at % batch.classCount ? 1 : 0,
);
/** As torchvision has it: the one before. */
const partners = Uint32Array.of(2, 0, 1);

const OFF = { alpha: 1, probability: 0 };
const ALWAYS = { alpha: 1, probability: 1 };

test.each(mixup)(
  'mixup with λ = $share is torchvision’s, pictures and labels',
  ({ share, images: expected, labels }) => {
    const plan: MixPlan = { kind: 'mixup', partners, share, box: null };
    expect(largestDifference(mixExamples(images, batch.shape, plan), expected)).toBeLessThan(1e-4);
    expect(largestDifference(mixLabels(oneHot, plan), labels)).toBeLessThan(1e-6);
  },
);

/** Random numbers that lead to a centre. */
function towards([x, y]: readonly [x: number, y: number], [height = 1, width = 1]: readonly number[]): Random {
  const draws = [(x + 0.5) / width, (y + 0.5) / height];
  return () => draws.shift() ?? NaN;
}

test.each(cutmix)('CutMix with λ = $share about $centre is torchvision’s, pictures and labels', (reference) => {
  const box = drawBox(reference.share, batch.shape, towards(reference.centre, batch.shape));
  const plan: MixPlan = { kind: 'cutmix', partners, share: 1 - box.width * box.height, box };
  expect(mixExamples(images, batch.shape, plan)).toEqual(Float32Array.from(reference.images));
  expect(largestDifference(mixLabels(oneHot, plan), reference.labels)).toBeLessThan(1e-6);
});

test('a batch and its labels are left as they were; a target that is given is filled', () => {
  const before = [images.slice(), oneHot.slice()];
  const target = new Float32Array(images.length);
  const plan: MixPlan = { kind: 'mixup', partners, share: 0.3, box: null };
  expect(mixExamples(images, batch.shape, plan, target)).toBe(target);
  mixLabels(oneHot, plan);
  expect([images, oneHot]).toEqual(before);
});

describe('the Beta distribution', () => {
  const DRAWS = 20_000;
  test.each(beta)(
    'draws of α = $alpha have its moments and its shares below each point',
    ({ alpha, points, cdf, moments }) => {
      const random = createRandom(4, Math.round(1000 * alpha));
      const draws = Array.from({ length: DRAWS }, () => drawBeta(alpha, random));
      expect(draws.filter((value) => !(value >= 0 && value <= 1))).toEqual([]);
      for (const [index, moment] of moments.entries()) {
        const mean = draws.reduce((sum, value) => sum + value ** (index + 1), 0) / DRAWS;
        expect(Math.abs(mean - moment)).toBeLessThan(5 * Math.sqrt(0.25 / DRAWS)); // no deviation within 0–1 is above a half
      }
      for (const [index, point] of points.entries()) {
        const share = draws.filter((value) => value <= point).length / DRAWS;
        const expected = cdf[index] ?? NaN;
        expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / DRAWS) + 1e-9);
      }
    },
  );

  test('an α that is nearly 0 draws all or nothing, and nothing that is no number', () => {
    const random = createRandom(1);
    const draws = Array.from({ length: 2000 }, () => drawBeta(0.01, random));
    expect(draws.filter((value) => !Number.isFinite(value) || (value > 0.01 && value < 0.99)).length).toBeLessThan(200);
    expect(Math.abs(draws.filter((value) => value > 0.5).length / 2000 - 0.5)).toBeLessThan(0.06);
  });
});

const shape = [5, 7, 3];
const plans = (mixing: { mixup: typeof OFF; cutmix: typeof OFF }, count = 2000, size = 8) =>
  Array.from({ length: count }, (_, step) =>
    planMix(mixing, { shape, size, classCount: 3 }, { seed: 6, epoch: 2, step }),
  );

test('probability 0 mixes no batch, 1 all, and between them as many as it says', () => {
  const shareOf = (probability: number) =>
    plans({ mixup: { alpha: 0.2, probability }, cutmix: OFF }).filter((plan) => plan !== null).length / 2000;
  expect([shareOf(0), shareOf(1)]).toEqual([0, 1]);
  expect(Math.abs(shareOf(0.3) - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / 2000));
});

test('CutMix takes its share of the batches that mixup leaves', () => {
  const kinds = plans({ mixup: { alpha: 1, probability: 0.5 }, cutmix: ALWAYS }).map((plan) => plan?.kind);
  const shareOf = (kind: string) => kinds.filter((one) => one === kind).length / kinds.length;
  expect(shareOf('mixup') + shareOf('cutmix')).toBe(1);
  expect(Math.abs(shareOf('mixup') - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / 2000));
});

test('each kind draws its shares with its own α', () => {
  const mixing = { mixup: { alpha: 100, probability: 0.5 }, cutmix: { alpha: 0.01, probability: 1 } };
  const sharesOf = (kind: string) => plans(mixing).flatMap((plan) => (plan?.kind === kind ? [plan.share] : []));
  expect(sharesOf('mixup').filter((share) => share < 0.2 || share > 0.8)).toEqual([]); // 0.5 ± 0.035
  // All or nothing: about half of the 1,000 are left alone.
  expect(Math.abs(sharesOf('cutmix').filter((share) => share === 1).length - 500)).toBeLessThan(100);
});

test('a plan is a pure function of seed, epoch and step', () => {
  const mixing = { mixup: { alpha: 1, probability: 0.5 }, cutmix: ALWAYS };
  const planOf = (key: object) =>
    planMix(mixing, { shape, size: 8, classCount: 3 }, { seed: 1, epoch: 2, step: 3, ...key });
  expect(planOf({})).toEqual(planOf({}));
  for (const other of [{ seed: 2 }, { epoch: 3 }, { step: 4 }, { epoch: 3, step: 2 }]) {
    expect(planOf(other)).not.toEqual(planOf({}));
  }
});

test('partners are a permutation, each as often with each', () => {
  const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  for (const plan of plans({ mixup: ALWAYS, cutmix: OFF }, 4000, 4)) {
    expect(Array.from(plan?.partners ?? []).toSorted()).toEqual([0, 1, 2, 3]);
    plan?.partners.forEach((partner, place) => {
      const row = counts[place] ?? [];
      row[partner] = (row[partner] ?? 0) + 1;
    });
  }
  for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
});

test('a batch of one stays as it is', () => {
  expect(
    planMix({ mixup: ALWAYS, cutmix: OFF }, { shape, size: 1, classCount: 2 }, { seed: 0, epoch: 0, step: 0 }),
  ).toBeNull();
});

test('with λ = 1 a batch is itself, with λ = 0 its partners', () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  const turned = Uint32Array.of(1, 2, 0);
  const mixed = (share: number) => mixExamples(values, [2], { kind: 'mixup', partners: turned, share, box: null });
  expect([mixed(1), mixed(0)]).toEqual([values, Float32Array.of(3, 4, 5, 6, 1, 2)]);
});

test('what a CutMix plan pastes is what its labels say, for any size of examples', () => {
  const sides = fc.tuple(
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 4 }),
  );
  fc.assert(
    fc.property(
      sides,
      fc.nat(),
      fc.constantFrom(0.1, 1, 5),
      fc.integer({ min: 2, max: 5 }),
      (sizes, seed, alpha, size) => {
        const mixing = { mixup: OFF, cutmix: { alpha, probability: 1 } };
        const plan = planMix(mixing, { shape: sizes, size, classCount: 2 }, { seed, epoch: 0, step: 0 });
        if (plan === null) throw new Error('a batch that is always mixed was not');
        const length = sizes.reduce((product, side) => product * side, 1);
        // Each example is filled with its own number, so what is pasted can be counted.
        const values = Float32Array.from({ length: size * length }, (_, at) => Math.floor(at / length));
        const mixed = mixExamples(values, sizes, plan);
        plan.partners.forEach((partner, place) => {
          const own = mixed.subarray(place * length, (place + 1) * length);
          const kept = own.filter((value) => value === place).length;
          if (partner === place) expect(kept).toBe(length);
          else {
            expect(kept / length).toBeCloseTo(plan.share, 9);
            expect(own.filter((value) => value === partner).length).toBe(length - kept);
          }
        });
        const labels = mixLabels(
          Float32Array.from({ length: size * 2 }, (_, at) => (at % 2 === 0 ? 1 : 0)),
          plan,
        );
        for (let row = 0; row < size; row++) expect([labels[2 * row], labels[2 * row + 1]]).toEqual([1, 0]);
      },
    ),
  );
});

test('CutMix draws boxes of the area that its λ says, where none of them is cut off', () => {
  const boxes = plans({ mixup: OFF, cutmix: ALWAYS }, 4000).map((plan) => plan?.box ?? null);
  expect(boxes.every((box) => box !== null && box.left + box.width <= 1 && box.top + box.height <= 1)).toBe(true);
  const centred = drawBox(0.75, [100, 100, 3], () => 0.5);
  expect(centred).toEqual({ left: 0.25, top: 0.25, width: 0.5, height: 0.5 });
});

test('one class cannot be mixed, and an embedding has no part to swap: the setting is named, with what is allowed', () => {
  const refusal = (setting: string, value: number) =>
    expect.objectContaining({ code: 'setting/out-of-range', details: { setting, value, allowed: '0' } });
  const key = { seed: 0, epoch: 0, step: 0 };
  expect(() => planMix({ mixup: ALWAYS, cutmix: OFF }, { shape, size: 8, classCount: 1 }, key)).toThrow(
    refusal('mixup.probability', 1),
  );
  expect(() => requireMixable({ mixup: OFF, cutmix: ALWAYS }, { shape, classCount: 1 })).toThrow(
    refusal('cutmix.probability', 1),
  );
  expect(() => requireMixable({ mixup: OFF, cutmix: ALWAYS }, { shape: [768], classCount: 3 })).toThrow(
    refusal('cutmix.probability', 1),
  );
  expect(() => requireMixable({ mixup: OFF, cutmix: OFF }, { shape: [768], classCount: 1 })).not.toThrow();
  expect(() => requireMixable({ mixup: ALWAYS, cutmix: OFF }, { shape: [768], classCount: 2 })).not.toThrow();
});
