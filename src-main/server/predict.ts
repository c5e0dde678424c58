import type { IncomingMessage, ServerResponse } from 'node:http';
import { EngineError } from '../contract/errors.ts';
import type { Studio } from '../studio/studio.ts';
import { sendFailure, sendJson } from './respond.ts';

/** Photographs of 100 megapixels are smaller. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * `POST /predict/<project>/<run>[?heatmap[=<class>]]` with a picture file as its body: a contract `LivePrediction`. `heatmap` asks for the
 * heat map too, of the predicted class where it names none. The model stays loaded while it is asked, for a webcam's sake.
 */
export async function predictPicture(
  studio: Studio,
  [projectId, runId]: readonly [string, string],
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  const picture = await readBody(request);
  if (picture === null) {
    request.resume(); // a browser reads no answer before it has sent everything
    const message = `The picture is larger than ${MOST_BYTES / 1024 / 1024} MiB, the most that is taken. Make it smaller.`;
    sendFailure(response, { code: 'image/unreadable', message, details: { mostBytes: MOST_BYTES } }, 413);
    return;
  }
  const wanted = url.searchParams.get('heatmap');
  const heatMapOf = wanted === null ? {} : { heatMapOf: wanted === '' ? null : wanted };
  sendJson(
    response,
    200,
    await studio.predictions.predict(projectId, runId, picture, { ...heatMapOf, signal: left.signal }),
  );
}

/** Null where it is too large. */
async function readBody(body: IncomingMessage): Promise<Buffer | null> {
  if (Number(body.headers['content-length'] ?? 0) > MOST_BYTES) return null;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // left open on a failure: with the body's stream its connection would end, and the answer with it
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  if (!body.complete) throw new EngineError('run/cancelled', 'The upload was broken off.');
  return Buffer.concat(chunks);
}
