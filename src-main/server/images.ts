import type { IncomingMessage, ServerResponse } from 'node:http';
import { EngineError } from '../contract/errors.ts';
import type { Studio } from '../studio/studio.ts';
import { sendNotFound } from './respond.ts';
import { sendFile } from './send-file.ts';

/** What `size=full` means, and the default: longer side in pixels. */
const FULL_PX = 2048;
const DEFAULT_PX = 256;

/**
 * `GET /images/<project>/<picture>?size=<px>|full`, upright WebP. Ids are looked up in the manifest: no part of the
 * address ever becomes a path. With the picture's hash as `&v=` the answer may be kept for good.
 */
export async function sendImage(
  studio: Studio,
  [projectId, pictureId]: readonly [string, string],
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  const size = url.searchParams.get('size');
  const sizePx = size === 'full' ? FULL_PX : size === null ? DEFAULT_PX : Number(size);
  if (!(sizePx >= 1 && sizePx <= FULL_PX)) {
    throw new EngineError(
      'setting/out-of-range',
      `The size "${size}" was asked for; it must be 1 to ${FULL_PX}, or "full".`,
    );
  }
  const thumbnail = await studio.thumbnails.get(projectId, pictureId, sizePx, left.signal);
  if (thumbnail === null) {
    sendNotFound(response, 'There is no such picture in the project. Scan the folder again.');
    return;
  }
  const version = url.searchParams.get('v');
  const isPinned = version !== null && version.length >= 8 && thumbnail.tag.startsWith(version.slice(0, 32));
  await sendFile(thumbnail, 'image/webp', { isPinned, request, response });
}
