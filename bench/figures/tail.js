// @ts-check
/** One optimiser step of what lies behind the cut: on our native tier, on WebAssembly, and in Keras. */
import { runForJson } from '../processes.js';
import { median } from '../statistics.js';
import { compareRuns, inTurns } from './in-turns.js';
import { quantity } from './measured.js';

/** What both programs print. @typedef {{ readonly msPerStep: number }} Step */

/** @type {import('./measured.js').Group} */
export const tailFigures = {
  names: ['tail_step_vs_keras', 'wasm_tail_vs_native'],
  async measure({ isQuick, repeats, python, say }, wanted) {
    const steps = ['--steps', isQuick ? '10' : '40'];
    const step = (/** @type {string} */ command, /** @type {readonly string[]} */ args) =>
      /** @type {Promise<Step>} */ (runForJson(command, [...args, ...steps]));
    const ours = (/** @type {string} */ tier) => step(process.execPath, ['bench/tail-step.js', '--tier', tier]);
    const { native, wasm, keras } = await inTurns(
      { title: 'one step of the tail', rounds: repeats, say },
      {
        native: () => ours('native'),
        ...(wanted.has('wasm_tail_vs_native') ? { wasm: () => ours('everywhere') } : {}),
        ...(wanted.has('tail_step_vs_keras')
          ? { keras: async () => step(python(), ['bench/keras_tail_step.py']) }
          : {}),
      },
    );
    return {
      tail_step_vs_keras: compareRuns(native, keras, compareSteps),
      wasm_tail_vs_native: compareRuns(native, wasm, compareSteps),
    };
  },
};

/**
 * By how much the second is slower.
 *
 * @param {readonly Step[]} ours
 * @param {readonly Step[]} others
 * @returns {import('./measured.js').Measured}
 */
function compareSteps(ours, others) {
  const milliseconds = (/** @type {readonly Step[]} */ steps) => median(steps.map(({ msPerStep }) => msPerStep));
  return {
    value: milliseconds(others) / milliseconds(ours),
    runs: ours.map(({ msPerStep }, round) => ({ ours: msPerStep, peer: others[round]?.msPerStep })),
    ours: quantity(milliseconds(ours), 'ms'),
    peer: quantity(milliseconds(others), 'ms'),
  };
}
