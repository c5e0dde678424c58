/** From a picture file to pixels, as Fovea does it; preprocessing.json describes every step. Needs sharp. */
import sharp from 'sharp';

/** Uint8Array [size, size, 3], RGB: upright, in sRGB, on white, scaled and cut to the centre square. */
export function loadPicture(file, size) {
  return sharp(file)
    .autoOrient()
    .toColourspace('srgb')
    .flatten({ background: '#ffffff' })
    .resize(size, size, { fit: 'cover', position: 'centre', kernel: 'linear' })
    .raw()
    .toBuffer();
}
