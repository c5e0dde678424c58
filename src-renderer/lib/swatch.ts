/** Class colours: eight, then the same eight hollow. Always beside the name, never alone. */
export interface Swatch {
  /** 1–8, for `--class-<number>`. */
  readonly colour: number;
  readonly isHollow: boolean;
}

export function swatchOf(classIndex: number): Swatch {
  return { colour: (Math.max(0, classIndex) % 8) + 1, isHollow: Math.floor(classIndex / 8) % 2 === 1 };
}
