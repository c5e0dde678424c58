/** sharp, set up once for this process; the rest of the folder imports it from here. */
import sharp from 'sharp';

// No file cache: on Windows it keeps the user's files open. One thread a picture: pictures are decoded side by side
// instead, and libvips threads times libuv threads times workers once made 1,920 (github.com/lovell/sharp/issues/955).
sharp.cache(false);
sharp.concurrency(1);

/** What reads pictures here; another version may refuse or measure a file differently. */
export const DECODER_VERSION = `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;

export { sharp };
export type { Metadata, OutputInfo, Sharp } from 'sharp';
