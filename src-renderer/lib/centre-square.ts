interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Side of the square that the network sees of a picture, as it is shown inside a frame: whole, and in its middle.
 *
 * @param frame    in pixels of the page.
 * @param picture  in any unit; 0 where it is not known yet.
 * @returns        in pixels of the page; 0 where nothing is known.
 */
export function centreSquare(frame: Size, picture: Size): number {
  if (picture.width === 0 || picture.height === 0) return 0;
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height);
  return scale * Math.min(picture.width, picture.height);
}
