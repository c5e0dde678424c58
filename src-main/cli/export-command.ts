import { dirname, join, resolve } from 'node:path';
import type { ExportFormat } from '../contract/training.ts';
import { modelFolderOf } from './model-folder.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { exportLine } from './summary.ts';

interface ExportFlags {
  readonly out?: string;
  readonly formats: readonly ExportFormat[];
  readonly calibrate?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export async function exportCommand(model: string, flags: ExportFlags): Promise<void> {
  const modelFolder = modelFolderOf(model);
  const reports = await runJobInTerminal({
    kind: 'export',
    modelFolder,
    exports: {
      folder: resolve(flags.out ?? join(dirname(modelFolder), 'exports')),
      formats: flags.formats,
      overwrite: flags.overwrite ?? false,
      calibrationFolder: flags.calibrate === undefined ? undefined : resolve(flags.calibrate),
    },
  });
  if (flags.json) await printJson({ exports: reports });
  else await printText(reports.map(exportLine).join('\n'));
}
