import { z } from 'zod';
import { augmentSettings, DEFAULT_AUGMENT_SETTINGS, DEFAULT_CUTMIX, DEFAULT_MIXUP, mixSettings } from './augment.ts';

/** Optimisers of the linear head: SGD with Nesterov-free momentum 0.9, or Adam with decoupled weight decay. */
export const OPTIMIZERS = ['adamw', 'sgd'] as const;

/** What learns: the head alone, the backbone from a cut on, all of it, or a small network of its own from random weights. */
export const MODES = ['head', 'upper', 'full', 'scratch'] as const;
export type Mode = (typeof MODES)[number];

/** What a hidden layer's sums go through; formulas in engine/network/activations.ts. */
export const HIDDEN_ACTIVATIONS = ['relu', 'leakyRelu', 'prelu', 'elu', 'selu', 'maxout', 'tanh', 'sigmoid'] as const;
export type HiddenActivation = (typeof HIDDEN_ACTIVATIONS)[number];

/** How weights begin; formulas in engine/network/initialise.ts. */
export const INITIALISATIONS = ['small', 'large', 'xavier', 'he'] as const;
export type Initialisation = (typeof INITIALISATIONS)[number];

/** Dropout scales what it keeps while it trains (inverted), or everything afterwards (plain). */
export const DROPOUT_KINDS = ['inverted', 'plain'] as const;

/** How a network from scratch halves its pictures: by strides, by the largest of four, or by the largest of Graham's random blocks. */
export const POOLINGS = ['stride', 'max', 'fractional'] as const;

/** What hidden layers are made of, of a head or of a network from scratch. */
const layerSettings = {
  activation: z.enum(HIDDEN_ACTIVATIONS),
  /** Linear pieces of a Maxout unit. */
  maxoutBranches: z.int().min(2).max(8),
  initialisation: z.enum(INITIALISATIONS),
};

/** The classifier on an embedding: linear, or with one or two hidden layers. */
export const headSettings = z.object({
  /** Units of each hidden layer; none: linear. */
  hidden: z.array(z.int().min(1).max(4096)).max(2),
  ...layerSettings,
  /** Share of the units of each hidden layer that a step cuts; of a linear head, of the embedding. */
  dropout: z.number().min(0).max(0.95),
  dropoutKind: z.enum(DROPOUT_KINDS),
  /** Share of the weights of each layer that a step cuts. */
  dropConnect: z.number().min(0).max(0.95),
});
export type HeadSettings = z.infer<typeof headSettings>;

/** A small residual network that learns from nothing but the user's pictures. */
export const scratchSettings = z.object({
  /** Side of the pictures that it sees, pixels. */
  imageSize: z.int().min(64).max(128),
  /** Channels of its first stage; each of the two after it has twice as many. */
  width: z.int().min(8).max(64),
  /** Residual blocks of each stage. */
  blocks: z.int().min(1).max(4),
  ...layerSettings,
  batchNorm: z.boolean(),
  pooling: z.enum(POOLINGS),
  /** Share of the steps that skip the last residual block; those before it are skipped less, in proportion to their depth. */
  stochasticDepth: z.number().min(0).max(0.9),
});
export type ScratchSettings = z.infer<typeof scratchSettings>;

export const DEFAULT_HEAD_SETTINGS: HeadSettings = {
  hidden: [],
  activation: 'relu',
  maxoutBranches: 2, // Goodfellow et al. 2013: two suffice to be a universal approximator
  initialisation: 'he', // He et al. 2015, for rectifiers
  dropout: 0,
  dropoutKind: 'inverted',
  dropConnect: 0,
};

/** 0.7 million parameters at 32 channels and two blocks a stage: an epoch of 250 pictures takes seconds on a laptop. */
export const DEFAULT_SCRATCH_SETTINGS: ScratchSettings = {
  imageSize: 64,
  width: 32,
  blocks: 2,
  activation: 'relu',
  maxoutBranches: 2,
  initialisation: 'he',
  batchNorm: true,
  pooling: 'stride',
  stochasticDepth: 0,
};

/** How the learning rate goes down over the epochs: not at all, along half a cosine, or by a tenth every third of them. */
export const SCHEDULES = ['constant', 'cosine', 'step'] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** What evens out classes of unequal size: nothing, a weight on each picture's loss, or drawing small classes more often. */
export const BALANCES = ['none', 'weights', 'sampling'] as const;

/** Which pictures training sees: as they are, one of K stored variants of each, or a new variant every epoch. */
export const AUGMENTATIONS = ['off', 'cached', 'live'] as const;
export type AugmentationMode = (typeof AUGMENTATIONS)[number];

/**
 * What is done to embeddings before a head learns from them, measured on the training pictures and folded into the head:
 * nothing, a mean of 0, also a standard deviation of nearly 1, a turn onto the axes along which they vary most (PCA), or also
 * a variance of 1 along each (whitening).
 */
export const EMBEDDING_PREPROCESSINGS = ['none', 'centre', 'standardise', 'pca', 'whiten'] as const;

/**
 * What is done to the pixels of a network that learns from nothing: no more than 0–255 to 0–1, a mean of 0 by channel (VGG) or
 * by pixel (AlexNet's mean image), also a standard deviation of 1 by channel, or PCA and whitening of the three channels.
 */
export const PIXEL_PREPROCESSINGS = ['none', 'centre', 'mean-image', 'standardise', 'pca', 'whiten'] as const;
export type PixelPreprocessing = (typeof PIXEL_PREPROCESSINGS)[number];

/** How activations lie in the cache. Embeddings, which are small, are always float32. */
export const CACHE_PRECISIONS = ['float16', 'bfloat16', 'float32'] as const;
export type CachePrecision = (typeof CACHE_PRECISIONS)[number];

/** Settings of one training run. Each default stands in `DEFAULT_TRAIN_CONFIG` with its source. */
export const trainConfig = z.object({
  /** Catalogue id; absent: a MobileNet where one is installed, else EfficientNet-Lite0. */
  backbone: z.string().min(1).optional(),
  /** Folder of a model that Fovea has trained: its network is trained further, in place of a backbone, with a new head. */
  from: z.string().min(1).optional(),
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

  // Settings below came later: a config of an earlier Fovea lacks them and gets the defaults.

  mode: z.enum(MODES).default('head'),
  /** Mode `upper`: first node of the backbone that learns; absent: the catalogue's. */
  cut: z.string().min(1).optional(),
  /** Epochs of fine-tuning, after the head's. */
  tuneEpochs: z.int().min(1).max(1000).default(10),
  /** Learning rate of fine-tuning as a share of `learningRate`. */
  tuneRateShare: z.number().positive().max(10).default(0.1),
  /** Whether fine-tuning starts from a head that was trained first, instead of from random weights. */
  headFirst: z.boolean().default(true),
  /** Discriminative rates: each weighted node learns at this share of the rate of the one after it; 1: all alike. */
  layerDecay: z.number().positive().max(1).default(1),
  /** Share of the steps of fine-tuning that skip the last residual branch that learns; those before it are skipped less. */
  tuneStochasticDepth: z.number().min(0).max(0.9).default(0),
  /** Absent: constant for the head, cosine for fine-tuning. */
  schedule: z.enum(SCHEDULES).optional(),
  /** Epochs over which the learning rate rises from nothing. */
  warmupEpochs: z.number().min(0).max(100).default(0),
  /** Largest norm of all gradients together; 0 does not clip. */
  clipNorm: z.number().min(0).max(1e6).default(0),
  /** Share of a label's probability that is spread over all classes. */
  labelSmoothing: z.number().min(0).max(0.9).default(0),
  balance: z.enum(BALANCES).default('none'),
  /** L1 penalty on weights: this times Σ|w| joins the loss. */
  l1: z.number().min(0).max(10).default(0),
  /** L2 penalty on weights, in the loss, beside the decoupled weight decay: this times Σw². */
  l2: z.number().min(0).max(10).default(0),
  /** Decay per step of the moving average of weights that is kept instead of the last weights; 0 keeps none. */
  emaDecay: z.number().min(0).max(0.99999).default(0),

  head: headSettings.default(DEFAULT_HEAD_SETTINGS),
  scratch: scratchSettings.default(DEFAULT_SCRATCH_SETTINGS),
  embeddingPreprocessing: z.enum(EMBEDDING_PREPROCESSINGS).default('standardise'),
  /** Embedding preprocessing `pca` and `whiten`: axes that are kept; 0 keeps all. */
  pcaComponents: z.int().min(0).max(4096).default(0),
  /** Of a network that learns from nothing; a pretrained one keeps what it was trained with. */
  pixelPreprocessing: z.enum(PIXEL_PREPROCESSINGS).default('standardise'),

  augmentation: z.enum(AUGMENTATIONS).default('off'),
  /** Augmentation `cached`: variants of each training picture, the picture as it is among them. */
  variants: z.int().min(1).max(64).default(3),
  augment: augmentSettings.default(DEFAULT_AUGMENT_SETTINGS),
  mixup: mixSettings.default(DEFAULT_MIXUP),
  /** Of the batches that mixup leaves. Where the backbone learns too: it takes a part of a picture, not of an embedding. */
  cutmix: mixSettings.default(DEFAULT_CUTMIX),
  cachePrecision: z.enum(CACHE_PRECISIONS).default('float16'),
  /** Whether the coach examines the run first if it will be long. It changes nothing by itself. */
  coach: z.boolean().default(true),
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
  mode: 'head',
  // Two stages, the second at a tenth of the rate: the lecture's transfer learning, and Keras' guide (1e-3, then 1e-4).
  tuneEpochs: 10,
  tuneRateShare: 0.1,
  headFirst: true,
  layerDecay: 1,
  tuneStochasticDepth: 0,
  warmupEpochs: 0,
  clipNorm: 0,
  labelSmoothing: 0,
  balance: 'none',
  l1: 0,
  l2: 0,
  emaDecay: 0,
  head: DEFAULT_HEAD_SETTINGS,
  scratch: DEFAULT_SCRATCH_SETTINGS,
  embeddingPreprocessing: 'standardise',
  pcaComponents: 0,
  pixelPreprocessing: 'standardise',
  augmentation: 'off',
  // Four and eight were no better than three on the pictures tried, and each variant is a pass of all training pictures.
  variants: 3,
  augment: DEFAULT_AUGMENT_SETTINGS,
  mixup: DEFAULT_MIXUP,
  cutmix: DEFAULT_CUTMIX,
  cachePrecision: 'float16',
  coach: true,
};

/** In the order in which they are shown. */
export const EXPORT_FORMATS = [
  'onnx',
  'onnx-nhwc',
  'onnx-any-size',
  'tfjs',
  'tfjs-graph',
  'teachable-machine',
  'saved-model',
  'saved-model-any-size',
  'keras',
  'keras-h5',
  'tflite',
  'tflite-f16',
  'tflite-int8',
  'tflite-uint8',
  'coreml',
  'coreml-mlmodel',
] as const;
/** What a training exports where nothing else is asked for. */
export const DEFAULT_EXPORT_FORMATS = ['tfjs', 'onnx'] as const satisfies readonly (typeof EXPORT_FORMATS)[number][];
/** Those that are fitted to the values that pictures give. */
export const CALIBRATED_FORMATS = [
  'tflite-int8',
  'tflite-uint8',
] as const satisfies readonly (typeof EXPORT_FORMATS)[number][];
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
