/**
 * The classifying worker of `fovea serve-model`: it opens one model and answers batches of pictures until its parent ends.
 * A picture that crashes its decoder ends this process and nothing else.
 */
import { EngineError, toWireError, type WireError } from '../contract/errors.ts';
import type { FromClassifier, ToClassifier } from '../contract/model-service.ts';
import { openClassifier, type OpenClassifier } from '../engine/evaluate/open-classifier.ts';
import { loadClassifier } from '../engine/network/classifier.ts';

let opening: Promise<OpenClassifier> | null = null;

function send(message: FromClassifier): void {
  process.send?.(message, () => undefined); // a parent that is gone disconnects
}

async function open(modelFolder: string): Promise<OpenClassifier> {
  const classifier = await loadClassifier(modelFolder);
  const opened = await openClassifier(classifier);
  const { labels, backbone } = classifier;
  send({ type: 'opened', model: { labels, backbone, engine: opened.engine } });
  return opened;
}

async function classify(batchId: number, pictures: readonly Uint8Array[]): Promise<void> {
  const classifier = await opening;
  if (classifier === null) throw new Error('Pictures came before the model');
  send({ type: 'classified', batchId, verdicts: await classifier.classify(pictures) });
}

function failureOf(error: unknown): { readonly error: WireError; readonly stack: string | null } {
  const stack = error instanceof Error && !(error instanceof EngineError) ? (error.stack ?? null) : null;
  return { error: toWireError(error), stack };
}

process.on('disconnect', () => process.exit(0)); // never outlive the parent
process.on('message', (message: ToClassifier) => {
  if (message.type === 'open') {
    opening = open(message.modelFolder);
    opening.catch((error: unknown) => send({ type: 'not-opened', ...failureOf(error) }));
    return;
  }
  const { batchId, pictures } = message;
  classify(batchId, pictures).catch((error: unknown) => send({ type: 'failed', batchId, ...failureOf(error) }));
});
