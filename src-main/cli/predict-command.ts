import { resolve } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import type { FilePrediction } from '../contract/predictions.ts';
import { EXIT } from './exit-codes.ts';
import { modelFolderOf } from './model-folder.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { skippedLines } from './summary.ts';
import { ttaOf, type TtaFlags } from './tta-flags.ts';

interface PredictFlags extends TtaFlags {
  readonly csv?: boolean;
  readonly json?: boolean;
}

export async function predictCommand(model: string, pictures: readonly string[], flags: PredictFlags): Promise<void> {
  const result = await runJobInTerminal({
    kind: 'predict',
    modelFolder: modelFolderOf(model),
    paths: pictures.map((path) => resolve(path)),
    ...ttaOf(flags),
  });
  if (flags.json) await printJson(result);
  else if (flags.csv) await printText(toCsv(result.predictions).trimEnd());
  else if (result.predictions.length > 0) await printText(result.predictions.map(lineOf).join('\n'));
  if (!flags.json) for (const line of skippedLines(result.skipped)) process.stderr.write(`${line}\n`);
  if (result.predictions.length === 0) process.exitCode = EXIT.badInput;
}

function lineOf({ path, predicted, probabilities }: FilePrediction): string {
  return `${path}  ${predicted}  ${((probabilities[predicted] ?? 0) * 100).toFixed(1)} %`;
}

/** One row a picture: path, predicted class, its probability, then a column a class. Quoted as RFC 4180 says. */
function toCsv(predictions: readonly FilePrediction[]): string {
  const labels = Object.keys(predictions[0]?.probabilities ?? {});
  const rows = predictions.map(({ path, predicted, probabilities }) => [
    path,
    predicted,
    (probabilities[predicted] ?? 0).toFixed(6),
    ...labels.map((label) => (probabilities[label] ?? 0).toFixed(6)),
  ]);
  return stringify([['path', 'predicted', 'probability', ...labels], ...rows]);
}
