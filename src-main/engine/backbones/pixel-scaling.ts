/** How a backbone was trained to see pixels: squares of `imageSize`, each value `(pixel − mean) · scale`. */
export interface PixelScaling {
  readonly imageSize: number;
  readonly mean: number;
  readonly scale: number;
}
