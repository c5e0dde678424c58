import { z } from 'zod';
import { HIDDEN_ACTIVATIONS } from './training.ts';

/** What shows, while a network trains, whether signals and gradients get through it. */

const fraction = z.number().min(0).max(1);

/** What a layer's sums go through; ReLU6 is that of pretrained backbones. */
const layerActivation = z.enum([...HIDDEN_ACTIVATIONS, 'relu6']);
export type LayerActivation = z.infer<typeof layerActivation>;

/** Of sampled values. */
const distribution = z.object({
  mean: z.number(),
  std: z.number().min(0),
  /** Bins of equal width from the smallest sampled value to the largest; one bin where all are alike. */
  histogram: z.object({ low: z.number(), high: z.number(), counts: z.array(z.int().min(0)).min(1).max(32) }),
});
export type Distribution = z.infer<typeof distribution>;

/** One layer with a kernel. */
const layerDiagnosis = z.object({
  name: z.string(),
  kind: z.enum(['conv2d', 'depthwiseConv2d', 'dense']),
  /** Null where its sums come out as they are. */
  activation: layerActivation.nullable(),
  /** Of the kernel. */
  weightCount: z.int(),
  /**
   * What comes out, behind the activation, over a pass of the validation pictures; where sums of two layers join before one
   * activation, both have its values. Null for a linear head, of which the weights alone are watched.
   */
  outputs: distribution.nullable(),
  /** Of the kernel, after the step. */
  weights: distribution,
  /**
   * Share of the outputs on a flat side of the activation: where its slope is below 1 % of its largest; of ReLU6, outputs at 6.
   * Null where no side is flat but a closed one (`deadShare`), or none at all.
   */
  saturatedShare: fraction.nullable(),
  /**
   * Share of units (channels) whose output was one and the same for every picture of the pass, at every place, where the
   * activation's slope is 0: no picture changes them, and no gradient reaches them. Null where the slope is never 0.
   */
  deadShare: fraction.nullable(),
  /** Of the pictures' loss by the kernel, before penalties and clipping; Euclidean. */
  gradientNorm: z.number().min(0),
  /** ‖Δw‖ / ‖w‖ of the kernel, for the step that the optimiser took, decay included. */
  updateRatio: z.number().min(0),
  /** Share of the kernel's weights whose size is below 1 % of the largest's: what an L1 penalty brings about. */
  sparsity: fraction,
  /** α of a PReLU, over its channels. */
  slopes: z.object({ mean: z.number(), min: z.number(), max: z.number() }).optional(),
});
export type LayerDiagnosis = z.infer<typeof layerDiagnosis>;

/** Cross-entropy on the validation pictures before the first step, beside that of guessing, log(classes); nats. */
const initialLoss = z.object({ loss: z.number(), expected: z.number() });

/** How a network stood at one moment. Sampled: before the first epoch, then at the end of epochs. */
export const diagnosticsRecord = z.object({
  /** 0 before the first; counted through both phases. */
  epoch: z.int(),
  /** Of the optimiser, from 0 within the phase: the one whose gradient and update are told. */
  step: z.int(),
  /** In the record before the first epoch, where training began with random weights; null elsewhere. */
  initialLoss: initialLoss.nullable(),
  layers: z.array(layerDiagnosis),
});
export type DiagnosticsRecord = z.infer<typeof diagnosticsRecord>;

const worstLayer = z.object({ layer: z.string(), activation: layerActivation, share: fraction });

/** What a run's report keeps of its records. */
export const diagnosticsSummary = z.object({
  initialLoss: initialLoss.nullable(),
  /** Activations of the layers that learned. */
  activations: z.array(layerActivation),
  /** The layer with the largest share of dead units, with the weights that are kept; null where none can die. */
  worstDead: worstLayer.nullable(),
  /** The layer with the largest share of saturated outputs; null where none can saturate. */
  worstSaturated: worstLayer.nullable(),
  /** Share of all weights of kernels near 0; see `layerDiagnosis`. */
  sparsity: fraction,
});
export type DiagnosticsSummary = z.infer<typeof diagnosticsSummary>;
