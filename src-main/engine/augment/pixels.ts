/** A picture in memory. */
export interface Pixels {
  /** uint8 [height, width, 3], RGB. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}
