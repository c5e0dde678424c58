/** How training varies pictures: settings and presets, what one draw does, and what a preview shows. */
import { z } from 'zod';

const probability = z.number().min(0).max(1);
const scaledSidePx = z.number().min(224).max(1000);

/**
 * By how much pictures are varied, at most: a draw is uniform between nothing and this. Each kind happens to a picture with
 * its own probability.
 */
export const augmentSettings = z.object({
  /** Mirror left and right. Off for text, signs and whatever has a handed side. */
  flip: z.boolean(),
  /** Smallest share of the picture's area that a random crop keeps; 1 keeps all. */
  minCropArea: z.number().min(0.05).max(1),
  /** Largest rotation to either side, degrees. */
  rotationDegrees: z.number().min(0).max(180),
  /** Largest change of brightness, contrast and saturation, as a share. */
  colourJitter: z.number().min(0).max(1),

  // Settings below came later; their defaults vary pictures as they were varied before.

  flipProbability: probability.default(0.5),
  cropProbability: probability.default(1),
  rotationProbability: probability.default(1),
  colourProbability: probability.default(1),
  /** Largest turn of all hues to either side, as a share of the circle; null: a tenth of `colourJitter`. */
  hueJitter: z.number().min(0).max(0.5).nullable().default(null),
  /**
   * The crop of the ResNet recipe in place of `minCropArea`'s: the shorter side is scaled to a length between these, pixels,
   * and a random square of 224 is cut. For a network that sees another size all of it scales alike.
   */
  scaleRange: z
    .tuple([scaledSidePx, scaledSidePx])
    .refine(([low, high]) => low <= high, 'the first must not be above the second')
    .nullable()
    .default(null),
  /**
   * Largest distortion as by a lens, to either side: the share of their distance to the centre by which corners move.
   * Inwards it makes a barrel of a square, outwards a pincushion.
   */
  lensDistortion: z.number().min(0).max(0.3).default(0),
  lensProbability: probability.default(1),
  /** Largest standard deviation of a Gaussian blur, pixels of what the network sees. */
  blurSigma: z.number().min(0).max(10).default(0),
  blurProbability: probability.default(1),
  /** Largest side of a grey square that hides a part, as a share of the picture's. */
  cutoutShare: z.number().min(0).max(1).default(0),
  cutoutProbability: probability.default(1),
});
export type AugmentSettings = z.infer<typeof augmentSettings>;

export const AUGMENT_PRESET_NAMES = ['none', 'gentle', 'photographs', 'documents', 'strong', 'resnet'] as const;
export type AugmentPreset = (typeof AUGMENT_PRESET_NAMES)[number];

const none = augmentSettings.parse({ flip: false, minCropArea: 1, rotationDegrees: 0, colourJitter: 0 });
/** What a hand-held camera varies anyway. */
const gentle: AugmentSettings = { ...none, flip: true, minCropArea: 0.7, rotationDegrees: 10, colourJitter: 0.2 };

export const AUGMENT_PRESETS: Readonly<Record<AugmentPreset, AugmentSettings>> = {
  none,
  gentle,
  /** Other distances, other light, another lens, now and then out of focus. */
  photographs: {
    ...gentle,
    minCropArea: 0.5,
    rotationDegrees: 15,
    colourJitter: 0.3,
    lensDistortion: 0.1,
    lensProbability: 0.3,
    blurSigma: 1,
    blurProbability: 0.2,
  },
  /** Nothing that turns one letter into another, and no colours that ink and paper do not have. */
  documents: {
    ...none,
    minCropArea: 0.85,
    rotationDegrees: 3,
    colourJitter: 0.2,
    hueJitter: 0,
    lensDistortion: 0.05,
    lensProbability: 0.3,
    blurSigma: 1,
    blurProbability: 0.3,
  },
  /** All kinds at once, for long training on few pictures. */
  strong: {
    ...gentle,
    minCropArea: 0.25,
    rotationDegrees: 25,
    colourJitter: 0.4,
    colourProbability: 0.8,
    lensDistortion: 0.2,
    lensProbability: 0.5,
    blurSigma: 2,
    blurProbability: 0.3,
    cutoutShare: 0.5,
    cutoutProbability: 0.5,
  },
  /** He et al. 2015, arXiv:1512.03385, section 3.4, without the shift of colours that it takes from AlexNet. */
  resnet: { ...none, flip: true, scaleRange: [256, 480] },
};

export const DEFAULT_AUGMENT_SETTINGS = AUGMENT_PRESETS.gentle;

/** How the pictures of a batch are mixed with one another, and their labels with them. */
export const mixSettings = z.object({
  /** Both parameters of the Beta distribution that the share of a picture is drawn from: near 0 hardly mixes, 1 is uniform. */
  alpha: z.number().min(0.01).max(100),
  /** Share of the batches that are mixed; 0 mixes none. */
  probability,
});
export type MixSettings = z.infer<typeof mixSettings>;

/** Off; the α of the paper on ImageNet. Zhang et al. 2018, arXiv:1710.09412. */
export const DEFAULT_MIXUP: MixSettings = { alpha: 0.2, probability: 0 };
/** Off; the α of the paper. Yun et al. 2019, arXiv:1905.04899. */
export const DEFAULT_CUTMIX: MixSettings = { alpha: 1, probability: 0 };

/** A part of a picture, as shares of its width and height. */
const box = z.object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() }).readonly();
export type Box = z.infer<typeof box>;

/** What one draw does to a picture. */
export const augmentation = z
  .object({
    /** Whether left and right change places, after crop, lens and rotation. */
    isFlipped: z.boolean(),
    /** The part that fills the result. */
    crop: box,
    /** Counter-clockwise turn of the content about the crop's centre. */
    rotationRadians: z.number(),
    /** Factor of every value. */
    brightness: z.number(),
    /** Factor of every value's distance from the picture's mean grey. */
    contrast: z.number(),
    /** Factor of every value's distance from its own pixel's grey. */
    saturation: z.number(),
    /** Turn of all hues, from red towards yellow, as a share of the whole circle. */
    hueTurns: z.number(),
    /** k of the lens: what is shown at distance r from the centre lies at r · (1 + k r²); r is 1 in the corners. */
    lensCoefficient: z.number(),
    /** Standard deviation of the blur, pixels; 0 leaves all sharp. */
    blurSigma: z.number(),
    /** The part of the result that is hidden, last of all. */
    cutout: box.nullable(),
  })
  .readonly();
export type Augmentation = z.infer<typeof augmentation>;

/** How a picture was mixed with another of its batch. */
export const previewMix = z.object({
  kind: z.enum(['mixup', 'cutmix']),
  /** Share of the picture itself, and of its label. */
  share: z.number(),
  /** CutMix: the part that the other picture takes. */
  box: box.nullable(),
  /** The other picture, relative to the dataset folder, and its class. */
  path: z.string(),
  className: z.string(),
});

/** A training picture as the epochs will see it. */
export const augmentationPreview = z.object({
  pictureId: z.string(),
  path: z.string(),
  className: z.string(),
  epochs: z.array(
    z.object({
      /** From 0. */
      epoch: z.int(),
      /** Number of the variant; 0 is the picture as it is. */
      variant: z.int(),
      augmentation,
      /** Null where the batch of this epoch is not mixed. */
      mix: previewMix.nullable(),
      /** PNG of the square that the network sees, base64. */
      png: z.base64(),
    }),
  ),
});
export type AugmentationPreview = z.infer<typeof augmentationPreview>;

/** Most epochs that one preview shows. */
export const MAX_PREVIEW_EPOCHS = 24;
