import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import { isErrno, renameDurably } from '../system/durable-file.ts';
import type { Studio } from '../studio/studio.ts';
import { sendFailure, sendJson } from './respond.ts';
import { uploadPathParts } from './upload-path.ts';

/** Far above any picture that can be trained on: the decoder's limit is 100 megapixels. */
const MOST_BYTES = 256 * 1024 * 1024;

class TooLarge extends EngineError {
  constructor() {
    super(
      'image/unreadable',
      `The file is larger than ${MOST_BYTES / 1024 / 1024} MiB, the most that is taken. Leave it out.`,
      {
        mostBytes: MOST_BYTES,
      },
    );
  }
}

/**
 * `PUT /upload/<project>?path=<relative path>` with the file as its body: what a browser, which may not name folders of
 * the machine, drops into a project. A file is there as a whole or not at all.
 */
export async function takeUpload(
  studio: Studio,
  projectId: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const parts = uploadPathParts(url.searchParams.get('path') ?? '');
    if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) throw new TooLarge();
    const folder = await studio.datasets.uploadFolder(projectId);
    const sizeBytes = await writeUpload(request, studio.projects.folderOf(projectId), join(folder, ...parts));
    sendJson(response, 201, { path: parts.join('/'), sizeBytes });
  } catch (error) {
    request.resume(); // a browser reads no answer before it has sent everything
    if (!(error instanceof TooLarge)) throw error;
    sendFailure(response, { code: error.code, message: error.message, details: error.details }, 413);
  }
}

async function writeUpload(body: IncomingMessage, projectFolder: string, target: string): Promise<number> {
  const temporary = join(projectFolder, `.upload-${randomUUID()}`); // not in the folder that a scan may read meanwhile
  try {
    const file = await open(temporary, 'wx');
    let sizeBytes = 0;
    try {
      // left open on a failure: with the body's stream its connection would end, and the answer with it
      for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        sizeBytes += chunk.length;
        if (sizeBytes > MOST_BYTES) throw new TooLarge();
        await file.writeFile(chunk); // goes on where the last one ended, and throws on a full disk
      }
    } finally {
      await file.close();
    }
    if (!body.complete) throw new EngineError('run/cancelled', 'The upload was broken off.');
    await mkdir(dirname(target), { recursive: true });
    await renameDurably(temporary, target);
    return sizeBytes;
  } catch (error) {
    await rm(temporary, { force: true });
    if (!isErrno(error, 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'ENAMETOOLONG')) throw error;
    const message =
      'The file was not taken: a folder and a file in the drop have the same name, or the path is too long for this disk.';
    throw new EngineError('project/bad-path', message, {}, { cause: error });
  }
}
