import { resolve } from 'node:path';
import { modelFolderOf } from './model-folder.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { accuracyLine, confusionTable, skippedLines } from './summary.ts';

export async function evaluateCommand(
  model: string,
  folder: string,
  flags: { readonly json?: boolean },
): Promise<void> {
  const result = await runJobInTerminal({
    kind: 'evaluate',
    modelFolder: modelFolderOf(model),
    folder: resolve(folder),
  });
  if (flags.json) await printJson({ ...result.evaluation, skipped: result.skipped });
  else {
    const lines = [accuracyLine(result.evaluation), confusionTable(result.evaluation), ...skippedLines(result.skipped)];
    await printText(lines.join('\n'));
  }
}
