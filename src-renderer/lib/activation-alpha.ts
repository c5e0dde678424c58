/** Activations whose branch below 0 has a factor α: their curves for any α, so that it can be played with without a run. */
import { SATURATED_SLOPE_SHARE } from '../../src-main/contract/lab/activation-curves.ts';
import type { HiddenActivation } from '../../src-main/contract/training.ts';

const WITH_ALPHA = ['leakyRelu', 'prelu', 'elu'] as const satisfies readonly HiddenActivation[];
type WithAlpha = (typeof WITH_ALPHA)[number];

/** The α that each has in the engine; PReLU learns its own from there. */
export const USUAL_ALPHA: Readonly<Record<WithAlpha, number>> = { leakyRelu: 0.01, prelu: 0.25, elu: 1 };

export function hasAlpha(activation: HiddenActivation): activation is WithAlpha {
  return WITH_ALPHA.some((name) => name === activation);
}

/**
 * f(x) and df/dx at each x: α·x below 0, of ELU α·(eˣ − 1). At the corner the slope is that of the lower side.
 *
 * @see Maas et al. 2013; He et al. 2015, arXiv:1502.01852; Clevert et al. 2015, arXiv:1511.07289.
 */
export function curveWithAlpha(
  activation: WithAlpha,
  alpha: number,
  x: readonly number[],
): { readonly y: readonly number[]; readonly slope: readonly number[] } {
  if (activation === 'elu') {
    return {
      y: x.map((at) => (at > 0 ? at : alpha * Math.expm1(at))),
      slope: x.map((at) => (at > 0 ? 1 : alpha * Math.exp(at))),
    };
  }
  return { y: x.map((at) => (at > 0 ? at : alpha * at)), slope: x.map((at) => (at > 0 ? 1 : alpha)) };
}

/**
 * Below which x the slope is less than `SATURATED_SLOPE_SHARE` of the largest; null where it never gets smaller. A slope that is
 * small and constant does not saturate.
 */
export function saturatedBelow(activation: WithAlpha, alpha: number): number | null {
  if (activation !== 'elu') return null;
  if (alpha === 0) return 0; // a ReLU
  return Math.min(0, Math.log((SATURATED_SLOPE_SHARE * Math.max(1, alpha)) / alpha));
}
