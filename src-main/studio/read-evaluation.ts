import { join } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import { evaluation, type Evaluation } from '../contract/results.ts';
import { readTextIfThere } from '../system/durable-file.ts';

/** What a finished run measured. @throws EngineError `model/corrupt` if it is gone or cannot be read */
export async function readEvaluation(runFolder: string): Promise<Evaluation> {
  const text = await readTextIfThere(join(runFolder, 'evaluation.json'));
  if (text === null)
    throw new EngineError('model/corrupt', 'The results of this run are gone from the disk. Train again.');
  try {
    return evaluation.parse(JSON.parse(text));
  } catch (error) {
    const message = 'The results of this run cannot be read from the disk. Train again.';
    throw new EngineError('model/corrupt', message, { folder: runFolder }, { cause: error });
  }
}
