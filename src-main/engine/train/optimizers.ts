import * as tf from '@tensorflow/tfjs-core';
import type { TrainConfig } from '../../contract/training.ts';

/** Gradients by variable name, as `tf.variableGrads` gives them. */
export type Gradients = Readonly<Record<string, tf.Tensor>>;

/** Changes variables by their gradients, in place. Nothing waits for the device. */
export interface Optimizer {
  /**
   * Takes one step.
   *
   * @param gradients     one for each variable. Borrowed.
   * @param learningRate  of this step, before the variables' multipliers.
   */
  apply(gradients: Gradients, learningRate: number): void;
  /** Everything a later step depends on besides the variables. Reads from the device. */
  save(): Promise<OptimizerState>;
  /**
   * Goes on from a saved state: the steps that follow are, on the CPU, byte for byte those that would have followed.
   *
   * @throws Error if the state is not of these variables.
   */
  restore(state: OptimizerState): void;
  dispose(): void;
}

/** Of the names of variables, so a state is restored among variables of the same names. */
export interface OptimizerState {
  readonly step: number;
  /** float32 values by `variable name/slot`. */
  readonly slots: Readonly<Record<string, Float32Array>>;
}

export interface OptimizerOptions extends Pick<TrainConfig, 'optimizer' | 'weightDecay'> {
  /** What a variable's learning rate is multiplied by; absent: 1 for all. See `rateMultipliers`. */
  readonly rateOf?: (variable: tf.Variable) => number;
}

/** @param variables  borrowed; give them names of their own where the state is to be saved. */
export function createOptimizer(
  variables: readonly tf.Variable[],
  { optimizer, weightDecay, rateOf = () => 1 }: OptimizerOptions,
): Optimizer {
  const { slotNames, update } = optimizer === 'sgd' ? MOMENTUM_SGD : ADAM_W;
  const learners = variables.map((variable) => ({
    variable,
    rate: rateOf(variable),
    // Biases are not decayed: shrinking them only moves the answer away from the classes' shares.
    decay: variable.rank > 1 ? weightDecay : 0,
    slots: slotNames.map(() => zerosVariable(variable)),
  }));
  const slotsByName = new Map(
    learners.flatMap(({ variable, slots }) =>
      slots.map((slot, index) => [`${variable.name}/${slotNames[index] ?? ''}`, slot]),
    ),
  );
  let step = 0;
  return {
    apply(gradients, learningRate) {
      step++;
      for (const { variable, rate, decay, slots } of learners) {
        tf.tidy(() => {
          const change = update(gradientOf(gradients, variable), slots, learningRate * rate, step);
          const kept = decay === 0 ? variable : tf.mul(variable, 1 - learningRate * rate * decay);
          variable.assign(tf.sub(kept, change));
        });
      }
    },
    async save() {
      const slots: Record<string, Float32Array> = {};
      for (const [name, slot] of slotsByName) slots[name] = await slot.data<'float32'>();
      return { step, slots };
    },
    restore(state) {
      for (const [name, slot] of slotsByName) assignValues(slot, state.slots[name], name);
      step = state.step;
    },
    dispose: () => slotsByName.forEach((slot) => slot.dispose()),
  };
}

/** How one kind of optimiser turns a gradient into a change; in a tidy. */
interface Rule {
  readonly slotNames: readonly string[];
  update(gradient: tf.Tensor, slots: readonly tf.Variable[], learningRate: number, step: number): tf.Tensor;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/**
 * The moments are kept as sums, m / (1 − β₁) and v / (1 − β₂), and their factors join those of the bias correction: the
 * same numbers in 11 kernel launches a variable instead of 14, each of which costs the native backend some 30 µs.
 *
 * @see Loshchilov & Hutter 2019, "Decoupled weight decay regularization", arXiv:1711.05101, algorithm 2; as in torch.optim.AdamW.
 */
const ADAM_W: Rule = {
  slotNames: ['first', 'second'],
  update(gradient, [first, second], learningRate, step) {
    if (first === undefined || second === undefined) throw new Error('AdamW keeps two moments');
    first.assign(tf.add(tf.mul(first, BETA_1), gradient));
    second.assign(tf.add(tf.mul(second, BETA_2), tf.square(gradient)));
    const firstFactor = (1 - BETA_1) / (1 - BETA_1 ** step);
    const secondFactor = Math.sqrt((1 - BETA_2) / (1 - BETA_2 ** step));
    const denominator = tf.add(tf.sqrt(second), EPSILON / secondFactor);
    return tf.mul(tf.div(first, denominator), (learningRate * firstFactor) / secondFactor);
  },
};

const MOMENTUM = 0.9;

/** Heavy-ball momentum as in torch.optim.SGD (`v ← μv + g`, `w ← w − lr·v`), with decoupled weight decay. @see Polyak 1964. */
const MOMENTUM_SGD: Rule = {
  slotNames: ['velocity'],
  update(gradient, [velocity], learningRate) {
    if (velocity === undefined) throw new Error('SGD keeps a velocity');
    velocity.assign(tf.add(tf.mul(velocity, MOMENTUM), gradient));
    return tf.mul(velocity, learningRate);
  },
};

/** torch's guard against dividing by a norm of zero. */
const NORM_EPSILON = 1e-6;

/**
 * Shortens all gradients by one factor so that their common norm is at most `maxNorm`, as torch.nn.utils.clip_grad_norm_
 * does. Nothing waits for the device.
 *
 * @param gradients  borrowed.
 * @returns new tensors under the same names. Owned by the caller.
 * @see Pascanu et al. 2013, arXiv:1211.5063, algorithm 1.
 */
export function clipByGlobalNorm(gradients: Gradients, maxNorm: number): Record<string, tf.Tensor> {
  return tf.tidy(() => {
    const entries = Object.entries(gradients);
    const squares = entries.map(([, gradient]) => tf.sum(tf.square(gradient)));
    const norm = tf.sqrt(tf.addN(squares));
    const factor = tf.minimum(tf.div(maxNorm, tf.add(norm, NORM_EPSILON)), 1);
    return Object.fromEntries(entries.map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
  });
}

/** Sets a variable to saved values. @throws Error that names it, if there are none or too many or too few. */
export function assignValues(variable: tf.Variable, values: Float32Array | undefined, name: string): void {
  if (values?.length !== variable.size) {
    throw new Error(`Saved state of "${name}": expected ${variable.size} values, got ${values?.length ?? 'none'}`);
  }
  // A copy: the backend may hold on to the array that it is given.
  tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(values), variable.shape, 'float32')));
}

/** In a tidy, since `tf.variable` copies what it is given and does not dispose of it. */
export function zerosVariable(like: tf.Tensor): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zerosLike(like), false));
}

function gradientOf(gradients: Gradients, variable: tf.Variable): tf.Tensor {
  const gradient = gradients[variable.name];
  if (gradient === undefined) throw new Error(`No gradient for variable ${variable.name}`);
  return gradient;
}
