import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { predictAnswer, ServedModel, ServedPrediction, SkippedPicture } from '../contract/model-service.ts';
import type { ClassifierProcess } from '../studio/classifier-process.ts';
import type { Admission } from './admission.ts';
import { RequestError } from './problem.ts';
import { sendJson } from './respond.ts';
import { planBody, readPictures, type SentPicture, type SizeLimits } from './sent-pictures.ts';

export interface PredictService {
  readonly name: string;
  readonly model: ServedModel;
  readonly classifier: ClassifierProcess;
  readonly admission: Admission;
  readonly top: number | null;
  readonly limits: SizeLimits;
}

/** Seconds after which a client that found no room may try again: a batch takes less than one on a plain laptop. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Answers `POST /predict`. Where at least one picture could be read the answer is 200, and the others are listed.
 *
 * @throws RequestError 413 or 422 where none could; 400, 415, 503 where the request cannot be taken
 */
export async function answerPredict(
  { name, model, classifier, admission, top, limits }: PredictService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const plan = planBody(request, limits);
  const declared = request.headers['content-length'];
  const leave = admission.enter(declared === undefined ? plan.mostBytes : Number(declared));
  if (leave === null)
    throw new RequestError(503, 'run/busy', 'The server has as many requests as it can hold. Ask again soon.', {
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    });
  const left = new AbortController();
  response.once('close', () => left.abort());
  try {
    const pictures = await readPictures(request, plan, limits);
    const answers = await Promise.all(pictures.map(classify));
    const body: z.infer<typeof predictAnswer> = {
      model: name,
      predictions: answers.filter((answer) => 'predicted' in answer),
      skipped: answers.filter((answer) => 'code' in answer),
    };
    if (body.predictions.length === 0) throw noneReadable(pictures, body.skipped);
    sendJson(response, 200, body);
  } finally {
    leave();
  }

  async function classify({ file, bytes }: SentPicture): Promise<ServedPrediction | SkippedPicture> {
    if (bytes === null) return skip(file, `too large: a file may have ${limits.pictureBytes} bytes`);
    const started = performance.now();
    const verdict = await classifier.classify(bytes, left.signal);
    if (!verdict.ok) return skip(file, verdict.reason);
    const milliseconds = Math.round((performance.now() - started) * 10) / 10;
    return { file, ...namedProbabilities(model.labels, verdict.probabilities, top), milliseconds };
  }
}

/** @param top  how many of the most probable classes, the most probable first; null: all, in the model's order */
export function namedProbabilities(
  labels: readonly string[],
  probabilities: readonly number[],
  top: number | null,
): Pick<ServedPrediction, 'predicted' | 'probabilities'> {
  const all = labels.map((label, index): [string, number] => [label, probabilities[index] ?? 0]);
  const ranked = all.toSorted(([, a], [, b]) => b - a); // stable: of equals the first, as elsewhere
  const shown = top === null ? all : ranked.slice(0, top);
  return { predicted: ranked[0]?.[0] ?? '', probabilities: Object.fromEntries(shown) };
}

function skip(file: string | null, message: string): SkippedPicture {
  return { file, code: 'image/unreadable', message };
}

function noneReadable(pictures: readonly SentPicture[], skipped: readonly SkippedPicture[]): RequestError {
  const isTooLarge = pictures.every(({ bytes }) => bytes === null);
  const [first] = skipped;
  const message =
    skipped.length === 1
      ? `The picture cannot be used: ${first?.message ?? ''}.`
      : `None of the ${skipped.length} pictures can be used. The first: ${first?.message ?? ''}.`;
  return new RequestError(isTooLarge ? 413 : 422, 'image/unreadable', message, { skipped });
}
