import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';

/** Those whose file still holds the bytes that the app saw, as far as that was noted; in their order. */
export async function unchanged<Picture extends { readonly file: string; readonly sha256?: string | undefined }>(
  pictures: readonly Picture[],
): Promise<Picture[]> {
  const limit = pLimit(4);
  const isSame = async ({ file, sha256 }: Picture): Promise<boolean> => {
    if (sha256 === undefined) return true;
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(file), hash);
    } catch {
      return false; // gone or unreadable: the caller counts it
    }
    return hash.digest('hex') === sha256;
  };
  const kept = await Promise.all(pictures.map((picture) => limit(isSame, picture)));
  return pictures.filter((_, index) => kept[index]);
}
