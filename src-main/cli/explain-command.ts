import { join, resolve } from 'node:path';
import { EXIT } from './exit-codes.ts';
import { modelFolderOf } from './model-folder.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { skippedLines } from './summary.ts';

interface ExplainFlags {
  readonly out: string;
  readonly class?: string;
  readonly json?: boolean;
}

export async function explainCommand(model: string, pictures: readonly string[], flags: ExplainFlags): Promise<void> {
  const folder = resolve(flags.out);
  const result = await runJobInTerminal({
    kind: 'explain',
    modelFolder: modelFolderOf(model),
    paths: pictures.map((path) => resolve(path)),
    folder,
    className: flags.class ?? null,
  });
  if (flags.json) await printJson(result);
  else {
    const lines = result.pictures.map(({ path, className, file }) => `${path}  ${className}  ${join(folder, file)}`);
    if (lines.length > 0) await printText(lines.join('\n'));
    for (const line of skippedLines(result.skipped)) process.stderr.write(`${line}\n`);
  }
  if (result.pictures.length === 0) process.exitCode = EXIT.badInput;
}
