import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Studio } from '../studio/studio.ts';
import { sendNotFound } from './respond.ts';
import { sendFile } from './send-file.ts';

/**
 * `GET /heatmaps/<project>/<run>/<picture>.png[?class=<name>]`: where the run's model sees a class in a picture of the project, absent: the
 * class that it predicts. A PNG of the square that the network sees (the centre of the upright picture), transparent where nothing
 * counts, to be laid over a square tile of `/images`. A run's model never changes: with `&v=` the answer may be kept for good.
 */
export async function sendHeatMap(
  studio: Studio,
  [projectId, runId, fileName]: readonly [string, string, string],
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  const pictureId = /^([^.]+)\.png$/.exec(fileName)?.[1] ?? '';
  const order = { pictureId, className: url.searchParams.get('class') };
  const heatMap = await studio.heatMaps.get(projectId, runId, order, left.signal);
  if (heatMap === null) {
    sendNotFound(response, 'There is no such picture in the project. Scan the folder again.');
    return;
  }
  await sendFile(heatMap, 'image/png', { isPinned: url.searchParams.has('v'), request, response });
}
