import { z } from 'zod';

/** Optimisers of the linear head: SGD with Nesterov-free momentum 0.9, or Adam with decoupled weight decay. */
export const OPTIMIZERS = ['adamw', 'sgd'] as const;

/** Settings of one training run. Each default stands in `DEFAULT_TRAIN_CONFIG` with its source. */
export const trainConfig = z.object({
  /** Catalogue id; absent: a MobileNet where one is installed, else EfficientNet-Lite0. */
  backbone: z.string().min(1).optional(),
  /** Passes over the training split, at most; early stopping may end sooner. */
  epochs: z.int().min(1).max(1000),
  /** Step size of the optimiser. */
  learningRate: z.number().positive().max(10),
  /** Decoupled weight decay (AdamW), per step and unit of learning rate. */
  weightDecay: z.number().min(0).max(10),
  /** Pictures per optimiser step. */
  batchSize: z.int().min(1).max(4096),
  optimizer: z.enum(OPTIMIZERS),
  /** Epochs without a lower validation loss before training stops; 0 never stops early. */
  patience: z.int().min(0).max(1000),
  /** Seeds the split, the order of pictures and the initial weights. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  /** Share of each class kept for validation, where the folders bring no `val`. */
  validationFraction: z.number().min(0.02).max(0.8),
  /** Share of each class kept for a test that training never sees; 0 keeps none. Ignored where the folders bring a `test`. */
  testFraction: z.number().min(0).max(0.6),
});
export type TrainConfig = z.infer<typeof trainConfig>;

export const DEFAULT_TRAIN_CONFIG: TrainConfig = {
  epochs: 60,
  learningRate: 0.001,
  weightDecay: 0.01,
  batchSize: 32,
  optimizer: 'adamw',
  patience: 15,
  seed: 0,
  validationFraction: 0.2,
  testFraction: 0,
};

export const EXPORT_FORMATS = ['tfjs', 'onnx'] as const;
export const exportFormat = z.enum(EXPORT_FORMATS);
export type ExportFormat = z.infer<typeof exportFormat>;

/** How fast this machine runs: the tier in use, what runs where, and why no better tier is used. */
export const backend = z.object({
  tier: z.enum(['native-gpu', 'native-cpu', 'everywhere']),
  /** Engine of the frozen backbone, e.g. "ONNX Runtime 1.30.0 (CPU)". */
  trunk: z.string(),
  /** Engine that trains, e.g. "TensorFlow 2.21.0 (CPU)". */
  tail: z.string(),
  /** Why the next better tier is not in use; null when there is none. */
  whyNotBetter: z.string().nullable(),
  cpuCount: z.int(),
});
export type Backend = z.infer<typeof backend>;
