import type { Augmentation } from '../../contract/augment.ts';

/** Grey of a pixel: Rec. 601's luma, as Pillow, torchvision and YIQ have it. */
const GREY = [0.299, 0.587, 0.114] as const;

/**
 * A turn of the chroma plane (I, Q) of YIQ by a quarter, from red towards yellow, in RGB: −(M⁻¹ · T · M) for the NTSC
 * matrix M and T = [0 0 0; 0 0 −1; 0 1 0].
 */
const QUARTER_TURN = [
  [-0.167703, -0.329268, 0.496971],
  [0.328131, -0.035521, -0.29261],
  [-1.249733, 1.046508, 0.203224],
] as const;

/** RGB → RGB: each value is its row of `weights` times the pixel, plus `offset`. */
export interface ColourChange {
  /** 3 × 3, row-major. */
  readonly weights: readonly number[];
  readonly offset: number;
}

/** Whether an augmentation leaves all colours as they are. */
export function keepsColours({ brightness, contrast, saturation, hueTurns }: Augmentation): boolean {
  return brightness === 1 && contrast === 1 && saturation === 1 && hueTurns === 0;
}

/**
 * All four changes of colour as one affine map. Without the clamping between them they commute (grey is the same before
 * and after a change of saturation or hue), so there is no order to draw, as torchvision's `ColorJitter` does.
 *
 * Brightness, contrast and saturation are torchvision's `adjust_*`, blends with black, with the mean grey and with the
 * pixel's grey. Hue turns the chroma plane of YIQ, where torchvision and Keras shift the H of HSV: the turn is linear, and
 * it keeps the grey of every pixel (HSV's shift by 0.05 turns changes it by 2 to 8 levels on photographs, as if brightness
 * were drawn twice).
 *
 * @param meanGrey  of the picture, 0–255.
 */
export function colourChange(augmentation: Augmentation, meanGrey: number): ColourChange {
  const { brightness, contrast, saturation, hueTurns } = augmentation;
  const along = saturation * Math.cos(2 * Math.PI * hueTurns);
  const aside = saturation * Math.sin(2 * Math.PI * hueTurns);
  const gain = brightness * contrast;
  const weights = QUARTER_TURN.flatMap((quarter, row) =>
    GREY.map(
      (grey, column) => gain * (grey + along * ((row === column ? 1 : 0) - grey) + aside * (quarter[column] ?? 0)),
    ),
  );
  return { weights, offset: (1 - contrast) * brightness * meanGrey };
}

/** Mean grey of a picture, 0–255. @param pixels  uint8 [n, 3], RGB. Borrowed. */
export function meanGreyOf(pixels: Uint8Array): number {
  let [red, green, blue] = [0, 0, 0];
  for (let at = 0; at < pixels.length; at += 3) {
    red += pixels[at] ?? 0;
    green += pixels[at + 1] ?? 0;
    blue += pixels[at + 2] ?? 0;
  }
  return (GREY[0] * red + GREY[1] * green + GREY[2] * blue) / (pixels.length / 3);
}

/**
 * Changes colours in place; what leaves 0–255 is clamped, once.
 *
 * @param pixels  uint8 [n, 3], RGB. Borrowed.
 */
export function changeColours(pixels: Uint8Array, { weights, offset }: ColourChange): void {
  const [rr = 1, rg = 0, rb = 0, gr = 0, gg = 1, gb = 0, br = 0, bg = 0, bb = 1] = weights;
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length); // rounds and clamps
  for (let at = 0; at < clamped.length; at += 3) {
    const red = clamped[at] ?? 0;
    const green = clamped[at + 1] ?? 0;
    const blue = clamped[at + 2] ?? 0;
    clamped[at] = rr * red + rg * green + rb * blue + offset;
    clamped[at + 1] = gr * red + gg * green + gb * blue + offset;
    clamped[at + 2] = br * red + bg * green + bb * blue + offset;
  }
}
