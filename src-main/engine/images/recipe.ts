/**
 * How a file becomes the square of pixels that a network sees. Training, prediction and every export's sample code
 * share it: a change of any value here is a new `version`, because models trained before it saw other pixels.
 *
 * In words: decode the first page; turn it upright by its EXIF orientation; convert to sRGB, 8 bit (an embedded colour
 * profile is honoured); lay it on white; scale the shorter side to S with an antialiased triangle filter (PIL's
 * BILINEAR); cut the centre S × S.
 *
 * The same in PIL, from the upright RGB picture of w × h (`short = min(w, h)`, `scale = S / short`): per axis of length n,
 * `scaled = round(n · scale)`, `first = (scaled − S + 1) // 2`, `start = n / 2 + (first − scaled / 2) / scale`, then
 * `picture.resize((S, S), BILINEAR, box=(startX, startY, startX + short, startY + short))`. Where the picture is enlarged
 * (`short < S`), `start = (n − short) / 2`: the exact centre, as `ImageOps.fit` has it. Otherwise `ImageOps.fit` is half an
 * output pixel off where `scaled − S` is odd, and equal where it is even.
 *
 * JPEG and WebP are shrunk while they are decoded (by 2, 4 or 8 for JPEG), which is several times faster on photographs
 * and differs from the full-size way by about one grey level on average.
 */
export const DECODE_RECIPE = {
  version: 1,
  page: 'first',
  orientation: 'exif-upright',
  colour: 'srgb-8-bit',
  background: '#ffffff',
  resize: 'shorter-side',
  crop: 'centre-square',
  kernel: 'triangle-antialiased',
  shrinkOnLoad: true,
  channels: 'rgb',
} as const;

/** Bounds that keep one hostile file from taking the memory or the time of the rest. */
export const LIMITS = {
  /** Width × height. */
  pixelCount: 100_000_000,
  /** Longer side, pixels. libvips cannot address the scaled-up rest of much longer pictures. */
  sidePx: 100_000,
  /** A 16-bit RGB TIFF of 85 megapixels still fits. */
  fileBytes: 512 * 2 ** 20,
  /** Time for one picture before it counts as unreadable. A 100-megapixel photograph takes 1–4 s on a free core. */
  seconds: 30,
} as const;
