/** The media worker: a child process that makes thumbnails, so that a picture which crashes its decoder ends no more than this. */
import { toWireError, EngineError } from '../contract/errors.ts';
import type { ThumbnailReply, ThumbnailRequest } from '../contract/jobs.ts';
import { writeThumbnail } from '../engine/images/thumbnail.ts';

async function answer({ requestId, sourceFile, targetFile, sizePx }: ThumbnailRequest): Promise<ThumbnailReply> {
  try {
    await writeThumbnail(sourceFile, targetFile, sizePx);
    return { requestId, error: null };
  } catch (error) {
    return { requestId, error: toWireError(isAbsent(error) ? gone(sourceFile) : error) };
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function gone(file: string): EngineError {
  return new EngineError('image/unreadable', `${file} is not there any more. Scan the folder again.`, { file });
}

process.on('disconnect', () => process.exit(0)); // never outlive the parent
process.on('message', (request: ThumbnailRequest) => {
  void answer(request).then((reply) => process.send?.(reply, () => undefined)); // a parent that is gone disconnects
});
