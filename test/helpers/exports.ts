import type { ExportFormat } from '../../src-main/contract/training.ts';
import { targetOf } from '../../src-main/engine/export/targets.ts';
import type { Runner } from '../../src-main/engine/features/runner.ts';
import type { Classifier } from '../../src-main/engine/network/classifier.ts';

/** Opens an exported model in the format's runtime, which this machine must have. */
export async function reopen(format: ExportFormat, folder: string, classifier: Classifier): Promise<Runner> {
  const target = await targetOf(format);
  if (typeof target.reopen !== 'function') throw new Error(target.reopen.whyNot);
  return target.reopen(folder, classifier);
}
