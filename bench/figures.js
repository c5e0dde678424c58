// @ts-check
/** The figures owed, with their goals. How each is measured stands in `figures/`. */

/**
 * @typedef {object} Goal
 * @property {string} title
 * @property {number} goal
 * @property {'atLeast' | 'atMost'} is   on which side of the goal the value must be
 */

export const FIGURES = /** @satisfies {Record<string, Goal>} */ ({
  trunk_vs_layersmodel: { title: 'trunk, beside LayersModel.predict of tfjs-node', goal: 2.5, is: 'atLeast' },
  trunk_vs_bare_onnx: {
    title: 'trunk within the pipeline, pixels ready, beside a bare onnxruntime-node loop',
    goal: 0.9,
    is: 'atLeast',
  },
  decode_vs_bare_sharp: { title: 'decoding, beside a bare sharp loop', goal: 0.9, is: 'atLeast' },
  head_cold_vs_keras: { title: 'head, nothing cached, beside Keras', goal: 15, is: 'atLeast' },
  head_cold_vs_pytorch: { title: 'head, nothing cached, beside PyTorch', goal: 12, is: 'atLeast' },
  head_warm_vs_keras: { title: 'head, second run, beside Keras', goal: 50, is: 'atLeast' },
  upper_vs_keras: { title: 'upper layers, nothing cached, beside Keras', goal: 8, is: 'atLeast' },
  upper_vs_pytorch: { title: 'upper layers, nothing cached, beside PyTorch', goal: 6, is: 'atLeast' },
  tail_step_vs_keras: { title: 'one step of the upper layers, beside Keras', goal: 3.5, is: 'atLeast' },
  grid100_vs_keras_epoch: { title: '100 heads × 30 epochs, as a share of one Keras epoch', goal: 1, is: 'atMost' },
  wasm_tail_vs_native: { title: 'step on WebAssembly, as a multiple of the native one', goal: 3.5, is: 'atMost' },
  memory_20k_vs_2k: { title: 'peak memory at 20,000 pictures, as a multiple of 2,000', goal: 1.25, is: 'atMost' },
});
