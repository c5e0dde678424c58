import type { ExportFormat } from '../../src-main/contract/training.ts';
import { targetOf } from '../../src-main/engine/export/targets.ts';
import type { Runner } from '../../src-main/engine/features/runner.ts';
import type { Classifier } from '../../src-main/engine/network/classifier.ts';

/** Opens an exported model in the format's runtime, which this machine must have. */
export async function reopen(format: ExportFormat, folder: string, classifier: Classifier): Promise<Runner> {
  const runner = await (await targetOf(format)).reopen(folder, classifier);
  if ('whyNot' in runner) throw new Error(runner.whyNot);
  return runner;
}
