/**
 * Mixup and CutMix: the examples of a batch are mixed with one another, and their labels alike.
 *
 * `planMix` says what to do with a batch, as a pure function of (seed, epoch, step); `mixExamples` and `mixLabels` do it.
 */
import type { Box, MixSettings } from '../../contract/augment.ts';
import { EngineError } from '../../contract/errors.ts';
import { createRandom, shuffle, type Random } from '../random.ts';
import { drawBeta } from './beta.ts';

export interface Mixing {
  readonly mixup: MixSettings;
  /** Of the batches that mixup leaves. */
  readonly cutmix: MixSettings;
}

/** What is mixed: examples of one shape, and how many classes their labels tell apart. */
export interface Mixable {
  /** Of one example: [features], or [height, width, channels] of pixels or activations. */
  readonly shape: readonly number[];
  readonly classCount: number;
}

export interface MixKey {
  readonly seed: number;
  readonly epoch: number;
  /** Number of the batch within the epoch. */
  readonly step: number;
}

/** What happens to a batch. */
export interface MixPlan {
  readonly kind: 'mixup' | 'cutmix';
  /** By example: the place in the batch of the one that it is mixed with. Each is the partner of one. */
  readonly partners: Uint32Array;
  /** Share of an example, and of its label, that stays its own: λ. */
  readonly share: number;
  /** CutMix: the part that comes from the partner, made of whole pixels of the examples; null for mixup. */
  readonly box: Box | null;
}

/** Keep these draws apart from one another and from those that use the seed otherwise. */
const STREAM = { batch: 20, share: 21, box: 22 };

/**
 * Draws what happens to a batch: a pure function of its arguments.
 *
 * @param size  examples of the batch; one alone is never mixed.
 * @returns     null where the batch stays as it is.
 * @throws EngineError `setting/out-of-range`, as `requireMixable`.
 * @see Zhang et al. 2018, "mixup: beyond empirical risk minimization", arXiv:1710.09412, section 2: one λ and one permutation
 *      a batch, as the authors' code has it.
 */
export function planMix(mixing: Mixing, batch: Mixable & { readonly size: number }, key: MixKey): MixPlan | null {
  requireMixable(mixing, batch);
  const { seed, epoch, step } = key;
  const random = createRandom(seed, STREAM.batch, epoch, step);
  const isMixup = random() < mixing.mixup.probability;
  const isCutmix = random() < mixing.cutmix.probability;
  if (batch.size < 2 || !(isMixup || isCutmix)) return null;
  const partners = shuffle(
    Uint32Array.from({ length: batch.size }, (_, place) => place),
    random,
  );
  const { alpha } = isMixup ? mixing.mixup : mixing.cutmix;
  const share = drawBeta(alpha, createRandom(seed, STREAM.share, epoch, step));
  if (isMixup) return { kind: 'mixup', partners, share, box: null };
  const box = drawBox(share, batch.shape, createRandom(seed, STREAM.box, epoch, step));
  return { kind: 'cutmix', partners, share: 1 - box.width * box.height, box };
}

/** @throws EngineError `setting/out-of-range` where what is to be mixed cannot be: to be asked before a run begins. */
export function requireMixable({ mixup, cutmix }: Mixing, { shape, classCount }: Mixable): void {
  for (const [name, { probability }] of Object.entries({ mixup, cutmix })) {
    if (probability === 0 || classCount >= 2) continue;
    const reason = 'it takes two classes to mix, and there is one';
    throw cannotMix(name, probability, `${reason}. Set it to 0, or add pictures of another class`);
  }
  if (cutmix.probability > 0 && shape.length !== 3) {
    const reason = 'an embedding has no part that could be cut out';
    throw cannotMix('cutmix', cutmix.probability, `${reason}. Set it to 0, use mixup, or let upper layers learn too`);
  }
}

function cannotMix(name: string, value: number, why: string): EngineError {
  const setting = `${name}.probability`;
  return new EngineError('setting/out-of-range', `${setting} ${value} cannot be used, only 0: ${why}.`, {
    setting,
    value,
    allowed: '0',
  });
}

/**
 * Mixes the examples of a batch with their partners.
 *
 * @param values  float32 [B, ...shape], B as many as the plan has partners. Borrowed, unchanged.
 * @param shape   of one example, the one that was planned for.
 * @param target  float32 of the same length, not the memory of `values`: to be used again for the next batch. Borrowed.
 * @returns       the target.
 */
export function mixExamples(
  values: Float32Array,
  shape: readonly number[],
  plan: MixPlan,
  target: Float32Array = new Float32Array(values.length),
): Float32Array {
  return plan.box === null ? blend(values, plan, target) : paste(values, shape, { ...plan, box: plan.box }, target);
}

/**
 * Mixes the labels of a batch as its examples were mixed.
 *
 * @param labels  float32 [B, C], each row sums to 1. Borrowed, unchanged.
 * @returns       new, of the same shape; rows still sum to 1.
 */
export function mixLabels(labels: Float32Array, plan: MixPlan): Float32Array {
  return blend(labels, plan, new Float32Array(labels.length));
}

/** λ of each row and 1 − λ of its partner's. */
function blend(values: Float32Array, { partners, share }: MixPlan, target: Float32Array): Float32Array {
  const length = values.length / partners.length;
  partners.forEach((partner, place) => {
    const own = place * length;
    const other = partner * length;
    for (let at = 0; at < length; at++) {
      target[own + at] = share * (values[own + at] ?? 0) + (1 - share) * (values[other + at] ?? 0);
    }
  });
  return target;
}

/** Each example with a part of its partner at the same place. */
function paste(
  values: Float32Array,
  [height = 0, width = 0, channels = 0]: readonly number[],
  { partners, box }: MixPlan & { readonly box: Box },
  target: Float32Array,
): Float32Array {
  const length = height * width * channels;
  const [top, bottom] = [Math.round(box.top * height), Math.round((box.top + box.height) * height)];
  const [left, right] = [Math.round(box.left * width), Math.round((box.left + box.width) * width)];
  target.set(values);
  partners.forEach((partner, place) => {
    for (let row = top; row < bottom; row++) {
      const from = partner * length + (row * width + left) * channels;
      const part = values.subarray(from, from + (right - left) * channels);
      target.set(part, place * length + (row * width + left) * channels);
    }
  });
  return target;
}

/**
 * A box of the share 1 − λ of the area, in whole pixels, whose centre is uniform in the picture; what lies outside is cut off.
 *
 * @see Yun et al. 2019, "CutMix", arXiv:1905.04899, eq. 2, and its authors' `rand_bbox`, which torchvision has too.
 */
export function drawBox(share: number, [height = 1, width = 1]: readonly number[], random: Random): Box {
  const half = Math.sqrt(1 - share) / 2;
  const [left, right] = stretch(Math.floor(random() * width), Math.floor(width * half), width);
  const [top, bottom] = stretch(Math.floor(random() * height), Math.floor(height * half), height);
  return { left, top, width: right - left, height: bottom - top };
}

/** From a centre to both sides, pixels, but not beyond the ends; as shares of the axis. */
function stretch(centre: number, half: number, length: number): readonly [first: number, last: number] {
  return [Math.max(0, centre - half) / length, Math.min(length, centre + half) / length];
}
