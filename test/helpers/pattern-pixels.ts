/** The picture that test/fixtures/embeddings/write-pixels.js draws. */
export function patternPixels(size: number): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, at) => {
    const [channel, x, y] = [at % 3, Math.floor(at / 3) % size, Math.floor(at / 3 / size)];
    return (x * (channel + 1) + y * 2 + ((x * y) >> 4) * 5 + channel * 80) % 256;
  });
}
