import type { Augmentation } from '../../contract/augment.ts';

/**
 * Where a target's pixels lie in the source: pixel (x, y) shows the source at (originX + x · acrossX + y · downX,
 * originY + x · acrossY + y · downY). Coordinates count from the centre of the first pixel.
 *
 * With a lens, a pixel shows what that gives at 1 + k r² times its distance from the target's centre, where r is that distance
 * as a share of a corner's. This is the map from target to source, so it needs no inverse: above 0 it reads further out, and
 * what is there is drawn in (a barrel); below 0 it is a pincushion. From −1/3 on it never folds, since r (1 + k r²) rises.
 */
export interface Frame {
  readonly originX: number;
  readonly originY: number;
  /** One target pixel to the right, in source pixels. */
  readonly acrossX: number;
  readonly acrossY: number;
  /** One target pixel down. */
  readonly downX: number;
  readonly downY: number;
  /** k of the lens; 0 without one. */
  readonly lensCoefficient: number;
}

/** Size of the source, in pixels (a fraction where the last pixel is a partial one). */
export interface SourceSize {
  readonly width: number;
  readonly height: number;
}

/**
 * The frame of an augmentation: the crop's window, turned about its own centre against the content's turn, is stretched
 * over the target, which is bent and then mirrored.
 *
 * @param sizePx  side of the target.
 */
export function frameOf(augmentation: Augmentation, { width, height }: SourceSize, sizePx: number): Frame {
  const { crop, rotationRadians, isFlipped } = augmentation;
  const stepX = ((isFlipped ? -1 : 1) * crop.width * width) / sizePx;
  const stepY = (crop.height * height) / sizePx;
  const [sine, cosine] = [Math.sin(rotationRadians), Math.cos(rotationRadians)];
  const [acrossX, acrossY] = [stepX * cosine, stepX * sine];
  const [downX, downY] = [-stepY * sine, stepY * cosine];
  const toCentre = (sizePx - 1) / 2;
  return {
    originX: (crop.left + crop.width / 2) * width - 0.5 - toCentre * (acrossX + downX),
    originY: (crop.top + crop.height / 2) * height - 0.5 - toCentre * (acrossY + downY),
    acrossX,
    acrossY,
    downX,
    downY,
    lensCoefficient: augmentation.lensCoefficient,
  };
}
