import { findOnnxRuntime } from '../engine/compute/onnx-runtime.ts';
import { loadEverywhere } from '../engine/compute/tensorflow.ts';
import { heatMapMethod, openExplainer, type Explainer } from '../engine/evaluate/heat-map.ts';
import type { Network } from '../engine/network/network.ts';

/**
 * Opens an explainer with what it needs of tfjs: for heads that are not linear, and where ONNX Runtime has no build. WebAssembly
 * is enough for a head, loads at once, and leaves the card's memory to a training that may be going on.
 */
export async function openWorkerExplainer(network: Network): Promise<Explainer> {
  if (heatMapMethod(network) === 'grad-cam' || (await findOnnxRuntime()) === null) await loadEverywhere();
  return openExplainer(network);
}
