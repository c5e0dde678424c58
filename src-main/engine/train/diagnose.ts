import * as tf from '@tensorflow/tfjs-core';
import type { DiagnosticsRecord, LayerDiagnosis } from '../../contract/diagnostics.ts';
import { layerOutput } from '../network/layer-output.ts';
import type { Network } from '../network/network.ts';
import type { TrainableTail } from '../network/tail.ts';
import type { Gradients } from './optimizers.ts';
import { createOutputWatch, type OutputWatch } from './output-watch.ts';
import { createStepWatch } from './step-watch.ts';

/** Watches the layers of a tail that have a kernel, without changing anything. */
export interface Diagnosis {
  /** A pass over pictures begins, instead of the one before. @returns what each batch's outputs are shown to. */
  watchPass(rowCount: number): OutputWatch['see'];
  /** Takes a step and looks at it. @param gradients  of the pictures' loss. Borrowed. */
  watchStep(gradients: Gradients, takeStep: () => void): void;
  /**
   * What the last pass and the last step showed.
   *
   * @returns null where a value is not a finite number: the loss will not be one either, and ends the training.
   */
  take(at: Omit<DiagnosticsRecord, 'layers'>): Promise<DiagnosticsRecord | null>;
  dispose(): void;
}

/** @param tail  of the network. Borrowed. */
export function createDiagnosis(network: Network, tail: TrainableTail): Diagnosis {
  const layers = layersOf(network, tail);
  const outputs = layers.map(({ output }) => output);
  const steps = createStepWatch();
  let pass: OutputWatch | null = null;
  return {
    watchPass(rowCount) {
      pass?.dispose();
      pass = createOutputWatch(outputs, rowCount);
      return pass.see;
    },
    watchStep(gradients, takeStep) {
      tf.tidy(() => {
        const before = layers.map(({ kernel }) => tf.clone(kernel)); // no copy: a step gives a variable other values
        takeStep();
        steps.see(
          layers.map(({ kernel, slopes }, index) => ({
            before: before[index] as tf.Tensor, // as: one a layer
            after: kernel,
            gradient: gradients[kernel.name] as tf.Tensor, // as: every kernel learns
            slopes,
          })),
        );
      });
    },
    async take(at) {
      const [outputsByNode, stepByLayer] = [await pass?.take(), await steps.take()];
      pass = null;
      if (!outputsByNode || !stepByLayer) return null;
      return {
        ...at,
        layers: layers.map(({ name, kind, kernel, output }, index): LayerDiagnosis => {
          const { node, activation } = output;
          const shown = outputsByNode.get(node);
          const step = stepByLayer[index];
          if (shown === undefined || step === undefined) throw new Error(`Layer "${name}" was not watched`);
          return { name, kind, activation, weightCount: kernel.size, ...shown, ...step };
        }),
      };
    },
    dispose() {
      pass?.dispose();
      steps.dispose();
    },
  };
}

/** The step of an epoch that is looked at: a last batch of few pictures would have a gradient of chance. From 0. */
export function lastWholeBatch(rowCount: number, batchSize: number): number {
  return Math.max(0, Math.floor(rowCount / batchSize) - 1);
}

function layersOf(network: Network, { nodes }: TrainableTail) {
  return nodes.flatMap(({ node, name, variables }) => {
    const kernel = variables.find(([role]) => role === 'kernel')?.[1];
    if (kernel === undefined || !('kernel' in node)) return [];
    const output = layerOutput(network, name);
    const slopes = nodes.find((other) => other.name === output.node && other.node.op === 'prelu')?.variables[0]?.[1];
    return [{ name, kind: node.op, kernel, output, slopes: slopes ?? null }];
  });
}
