import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from '../../src-main/contract/procedures.ts';
import type { ExportReport } from '../../src-main/contract/results.ts';
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

type Client = ContractRouterClient<typeof contract>;

/** Exports as the page does and waits for the end. */
export async function exported(
  { exports }: Client,
  order: Parameters<Client['exports']['create']>[0],
): Promise<ExportReport[]> {
  for await (const event of await exports.create(order)) if (event.type === 'finished') return event.exports;
  throw new Error('The export ended without a result');
}
