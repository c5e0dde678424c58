import { z } from 'zod';

/** Where a crop is cut, in the order of torchvision's FiveCrop. */
export const CROP_PLACES = ['top-left', 'top-right', 'bottom-left', 'bottom-right', 'centre'] as const;
export type CropPlace = (typeof CROP_PLACES)[number];

/** A crop, or its mirror image. */
export const CROPS = [...CROP_PLACES, ...CROP_PLACES.map((place) => `${place}-flipped` as const)] as const;
export type Crop = (typeof CROPS)[number];

/** The centre alone, four corners and the centre, or these five and their mirror images. */
export const CROP_SETS = ['centre', 'five', 'ten'] as const;

/**
 * Test-time augmentation: each picture is seen in several sizes and crops, and the answers are averaged. The views are
 * all scales times all crops. Ranges depend on the network, so the engine checks them and not this schema.
 */
export const ttaSettings = z.object({
  /**
   * Shorter side of the picture before it is cut, pixels; from the side of the network's input on. Absent: 224, 256, 384,
   * 480 and 640 for an input of 224 pixels, and in proportion for another.
   */
  scales: z.array(z.number()).optional(),
  crops: z.union([z.enum(CROP_SETS), z.array(z.enum(CROPS))]).default('ten'),
});
export type TtaSettings = z.infer<typeof ttaSettings>;
