import { dirname, join, resolve } from 'node:path';
import { modelFolderOf } from './model-folder.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { exportLines } from './summary.ts';
import type { FormatChoice } from './training-flags.ts';

interface ExportFlags {
  readonly out?: string;
  readonly formats: FormatChoice;
  readonly zip?: boolean;
  readonly samplePictures?: boolean;
  readonly calibrate?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export async function exportCommand(model: string, flags: ExportFlags): Promise<void> {
  const modelFolder = modelFolderOf(model);
  const result = await runJobInTerminal({
    kind: 'export',
    modelFolder,
    exports: {
      folder: resolve(flags.out ?? join(dirname(modelFolder), 'exports')),
      ...flags.formats,
      zip: flags.zip,
      samplePictures: flags.samplePictures,
      overwrite: flags.overwrite ?? false,
      calibrationFolder: flags.calibrate === undefined ? undefined : resolve(flags.calibrate),
    },
  });
  if (flags.json) await printJson(result);
  else await printText(exportLines(result).join('\n'));
}
