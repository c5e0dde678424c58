/** What settings must hold together, beyond the range that each has alone. */
import { EngineError } from './errors.ts';
import { DEFAULT_TRAIN_CONFIG, type TrainConfig } from './training.ts';

/** Whether a run with this mode learns from nothing, so that its pixels may be preprocessed in any way. */
export function learnsFromNothing(mode: string): boolean {
  return mode === 'scratch'; // a text, since not every list of modes holds it
}

/**
 * To be called before a run is queued or started.
 *
 * @throws EngineError `setting/out-of-range` that says what is in the way and what to do.
 */
export function requireSettingsThatFit({ mode, pixelPreprocessing: value, from, backbone }: TrainConfig): void {
  if (from !== undefined && (learnsFromNothing(mode) || backbone !== undefined))
    throw new EngineError(
      'setting/out-of-range',
      `from ${from} cannot be used together with ${backbone === undefined ? `mode ${mode}` : `backbone ${backbone}`}: ` +
        'a run that goes on from a trained model begins with the network of that model. Leave one of the two out.',
      { setting: 'from', value: from, allowed: 'modes head, upper and full, without a backbone' },
    );
  const allowed = DEFAULT_TRAIN_CONFIG.pixelPreprocessing;
  if (learnsFromNothing(mode) || value === allowed) return;
  throw new EngineError(
    'setting/out-of-range',
    `pixelPreprocessing ${value} cannot be used in mode ${mode}: a pretrained backbone keeps the preprocessing that it was trained with, ` +
      'since with any other its weights see what they have never learned from. ' +
      `Leave pixelPreprocessing at ${allowed}, set embeddingPreprocessing instead, or train from scratch (mode scratch).`,
    { setting: 'pixelPreprocessing', value, allowed },
  );
}
