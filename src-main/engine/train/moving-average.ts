import * as tf from '@tensorflow/tfjs-core';
import { assignValues, zerosVariable } from './optimizers.ts';

/**
 * An exponential moving average of variables, to measure and keep instead of their last values.
 *
 * It is an average over the values after each step so far, the latest weighing most: what the variables were before
 * training does not count (bias correction, Kingma & Ba 2015, arXiv:1412.6980, section 7.2). Started from the first
 * weights instead, as timm does for its long trainings, it would after 80 steps of decay 0.999 still be those to 92 %.
 */
export interface MovingAverage {
  /** Takes in the variables as they are now; after each optimiser step. Nothing waits for the device. */
  update(): void;
  /** Puts the averages into the variables, until `swapBack`. Without an update so far they stay as they are. */
  swapIn(): void;
  swapBack(): void;
  save(): Promise<MovingAverageState>;
  /** @throws Error if the state is not of these variables. */
  restore(state: MovingAverageState): void;
  dispose(): void;
}

export interface MovingAverageState {
  readonly step: number;
  /** float32 values by variable name: Σ decay^(step − k) · value after step k. */
  readonly sums: Readonly<Record<string, Float32Array>>;
}

/** @param variables  borrowed; give them names of their own where the state is to be saved. */
export function createMovingAverage(variables: readonly tf.Variable[], decay: number): MovingAverage {
  const averages = variables.map((variable) => ({ variable, sum: zerosVariable(variable) }));
  let held: tf.Tensor[] | null = null;
  let step = 0;
  return {
    update() {
      if (held !== null) throw new Error('The averages are swapped in: swap back before the next step');
      step++;
      for (const { variable, sum } of averages) tf.tidy(() => sum.assign(tf.add(tf.mul(sum, decay), variable)));
    },
    swapIn() {
      if (held !== null) throw new Error('The averages are swapped in already');
      held = variables.map((variable) => tf.keep(variable.clone()));
      if (step === 0) return;
      const factor = (1 - decay) / (1 - decay ** step);
      for (const { variable, sum } of averages) tf.tidy(() => variable.assign(tf.mul(sum, factor)));
    },
    swapBack() {
      if (held === null) throw new Error('The averages are not swapped in');
      const values = held;
      variables.forEach((variable, index) => values[index] && variable.assign(values[index]));
      tf.dispose(values);
      held = null;
    },
    async save() {
      const sums: Record<string, Float32Array> = {};
      for (const { variable, sum } of averages) sums[variable.name] = await sum.data<'float32'>();
      return { step, sums };
    },
    restore(state) {
      for (const { variable, sum } of averages) assignValues(sum, state.sums[variable.name], variable.name);
      step = state.step;
    },
    dispose: () => tf.dispose([...averages.map(({ sum }) => sum), ...(held ?? [])]),
  };
}
