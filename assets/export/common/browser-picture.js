/** From a picture file to pixels in a browser, as Fovea does it; preprocessing.json describes every step. */

/** Float32Array [size, size, 3], RGB, 0-255: upright, in sRGB, on white, scaled and cut to the centre square. */
export async function loadPicture(file, size) {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { colorSpace: 'srgb' });
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return centreSquare(context.getImageData(0, 0, width, height), size);
}

/**
 * Scales and cuts with a triangle filter. drawImage would be shorter, but every browser scales in its own way, and
 * on photographs that moves probabilities by up to 0.2.
 */
function centreSquare({ data, width, height }, size) {
  const short = Math.min(width, height);
  const columns = filterOf(width, short, size);
  const rows = filterOf(height, short, size);
  const narrow = new Float32Array(height * size * 3);
  for (let y = 0, at = 0; y < height; y++)
    for (const { first, weights } of columns)
      for (let channel = 0; channel < 3; channel++, at++)
        weights.forEach((weight, k) => (narrow[at] += weight * data[(y * width + first + k) * 4 + channel]));
  const square = new Float32Array(size * size * 3);
  rows.forEach(({ first, weights }, y) => {
    const target = square.subarray(y * size * 3, (y + 1) * size * 3);
    weights.forEach((weight, k) => {
      for (let x = 0; x < target.length; x++) target[x] += weight * narrow[(first + k) * size * 3 + x];
    });
  });
  return square;
}

/** For each pixel of the square, along one axis: the pixels that it sees of the picture, and their weights. */
function filterOf(length, short, size) {
  const scale = short / size;
  const reach = Math.max(scale, 1); // wider when it shrinks, so that every pixel counts
  const start = startOf(length, short, size);
  return Array.from({ length: size }, (_, index) => {
    const centre = start + (index + 0.5) * scale;
    const first = Math.max(0, Math.round(centre - reach));
    const last = Math.min(length, Math.round(centre + reach)) - 1;
    const weights = [];
    for (let pixel = first; pixel <= last; pixel++)
      weights.push(Math.max(0, 1 - Math.abs(pixel + 0.5 - centre) / reach));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** Where the centre square begins, on the pixel grid of the scaled picture. */
function startOf(length, short, size) {
  if (short < size) return (length - short) / 2;
  const scaled = Math.round((length * size) / short);
  const first = Math.floor((scaled - size + 1) / 2);
  return length / 2 + ((first - scaled / 2) * short) / size;
}
