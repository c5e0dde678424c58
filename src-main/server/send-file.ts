import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Thumbnail } from '../studio/thumbnails.ts';

interface Exchange {
  /** Whether the address holds for this content alone, so that the answer may be kept for good. */
  readonly isPinned: boolean;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A picture of a cache, or that the asker has it already. */
export async function sendFile(
  { file: path, tag }: Thumbnail,
  contentType: string,
  { isPinned, request, response }: Exchange,
): Promise<void> {
  response.setHeader('etag', `"${tag}"`);
  response.setHeader('cache-control', isPinned ? 'private, max-age=31536000, immutable' : 'private, no-cache');
  if (request.headers['if-none-match'] === `"${tag}"`) {
    response.writeHead(304).end();
    return;
  }
  const file = await open(path);
  const { size: bytes } = await file.stat();
  response.writeHead(200, { 'content-type': contentType, 'content-length': bytes });
  await pipeline(file.createReadStream(), response);
}
