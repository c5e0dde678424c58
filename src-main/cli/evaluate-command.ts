import { resolve } from 'node:path';
import { modelFolderOf } from './model-folder.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { accuracyLine, confusionTable, skippedLines } from './summary.ts';
import { ttaOf, type TtaFlags } from './tta-flags.ts';
import { ttaSummary } from './tta-words.ts';

interface EvaluateFlags extends TtaFlags {
  readonly json?: boolean;
}

export async function evaluateCommand(model: string, folder: string, flags: EvaluateFlags): Promise<void> {
  const { evaluation, skipped, tta } = await runJobInTerminal({
    kind: 'evaluate',
    modelFolder: modelFolderOf(model),
    folder: resolve(folder),
    ...ttaOf(flags),
  });
  if (flags.json) await printJson({ ...evaluation, skipped, ...(tta === undefined ? {} : { tta }) });
  else {
    const withTta = tta === undefined ? [] : [ttaSummary(tta)];
    const lines = [accuracyLine(evaluation), confusionTable(evaluation), ...withTta, ...skippedLines(skipped)];
    await printText(lines.join('\n'));
  }
}
