/**
 * The predictor: a child process that holds one model, whose folder is its argument, and answers for one picture after another, so that a
 * picture costs some 20 ms and not the second that a model takes to load. It ends when its parent lets go of it.
 */
import { EngineError, toWireError } from '../contract/errors.ts';
import type { PredictAnswer, PredictReply, PredictRequest } from '../contract/jobs.ts';
import { strengthsOf } from '../engine/evaluate/heat-map.ts';
import { argMax } from '../engine/evaluate/metrics.ts';
import { decodeImage } from '../engine/images/decode.ts';
import { colourStrengths, encodeOverlay } from '../engine/images/heat-overlay.ts';
import { loadClassifier } from '../engine/network/classifier.ts';
import { openWorkerExplainer } from './open-explainer.ts';

const opening = open(process.argv[2] ?? '');
opening.catch(() => undefined); // each request meets the same error and reports it

async function open(modelFolder: string) {
  const { network, imageSize } = await loadClassifier(modelFolder);
  return { imageSize, explainer: await openWorkerExplainer(network) };
}

async function predict({ picture, heatMapOf }: PredictRequest): Promise<PredictAnswer> {
  const { imageSize, explainer } = await opening;
  const decoded = await decodeImage(typeof picture === 'string' ? picture : Buffer.from(picture), imageSize);
  if (!decoded.ok) throw unreadable(decoded.reason);
  const [explained] = await explainer.explain(decoded.pixels, 1);
  if (explained === undefined) throw new Error('The network has not answered');
  const { probabilities } = explained;
  if (heatMapOf === null) return { probabilities, heatMap: null };
  const classNumber = heatMapOf === 'predicted' ? argMax(probabilities) : heatMapOf;
  const map = explained.mapOf(classNumber);
  const png = await encodeOverlay(colourStrengths({ ...map, values: strengthsOf(map) }, imageSize), imageSize);
  return { probabilities, heatMap: { classNumber, method: map.method, png } };
}

async function answer(request: PredictRequest): Promise<PredictReply> {
  const { requestId } = request;
  try {
    return { requestId, error: null, answer: await predict(request) };
  } catch (error) {
    return { requestId, error: toWireError(error) };
  }
}

function unreadable(reason: string): EngineError {
  return new EngineError('image/unreadable', `The picture cannot be read: ${reason}. Save it again as a JPEG or PNG.`, {
    reason,
  });
}

process.on('disconnect', () => process.exit(0)); // never outlive the parent
process.on('message', (request: PredictRequest) => {
  void answer(request).then((reply) => process.send?.(reply, () => undefined)); // a parent that is gone disconnects
});
