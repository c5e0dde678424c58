import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exportFormat } from '../contract/training.ts';
import { logFiles } from '../studio/log.ts';
import type { Studio } from '../studio/studio.ts';
import { zipFolder } from '../system/zip-folder.ts';
import { sendNotFound } from './respond.ts';

/** `GET /exports/<project>/<run>/<format>.zip`: the newest export of a format, for a browser that cannot open its folder. */
export async function sendExport(
  studio: Studio,
  [projectId, runId, fileName]: readonly [string, string, string],
  response: ServerResponse,
): Promise<void> {
  const format = exportFormat.safeParse(/^([a-z0-9-]+)\.zip$/.exec(fileName)?.[1]);
  const report = format.success ? await studio.exports.newest(projectId, runId, format.data) : null;
  if (!format.success || report === null) {
    sendNotFound(response, `There is no export "${fileName}" of this run. Export it first.`);
    return;
  }
  const { name } = await studio.projects.get(projectId);
  response.writeHead(200, {
    'content-type': 'application/zip',
    'content-disposition': `attachment; filename="fovea-${format.data}.zip"; filename*=UTF-8''${encodeName(`${name}-${format.data}.zip`)}`,
    'cache-control': 'no-store',
  });
  await pipeline(Readable.from(zipFolder(report.path)), response);
}

/** `GET /log`: what Fovea has written down of its work, for who looks into a failure. It goes nowhere by itself. */
export async function sendLog({ logFolder }: Studio, response: ServerResponse): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'content-disposition': 'attachment; filename="fovea.log"',
    'cache-control': 'no-store',
  });
  for (const file of logFiles(logFolder)) await pipeline(createReadStream(file), response, { end: false });
  response.end();
}

/** Names of the project come from the user: RFC 8187 form, without what file systems refuse. */
function encodeName(name: string): string {
  const safe = name.replace(/[\\/:*?"<>|\p{Cc}\p{Cs}]/gu, '_');
  return encodeURIComponent(safe).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
