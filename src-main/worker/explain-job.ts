import { mkdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { EngineError } from '../contract/errors.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import type { ExplainedFile } from '../contract/predictions.ts';
import { listFiles } from '../engine/dataset/list-files.ts';
import { explainPictures } from '../engine/evaluate/explain-pictures.ts';
import { strengthsOf } from '../engine/evaluate/heat-map.ts';
import { argMax } from '../engine/evaluate/metrics.ts';
import { colourStrengths, encodeUnderOverlay } from '../engine/images/heat-overlay.ts';
import { loadClassifier } from '../engine/network/classifier.ts';
import type { JobContext } from './job-context.ts';
import { openWorkerExplainer } from './open-explainer.ts';

/** Writes each picture's square with its heat map over it, and `heat-maps.json`. @throws EngineError `setting/out-of-range` */
export async function explainJob(
  { modelFolder, paths, folder, className }: JobOf<'explain'>,
  { report, stopSignal }: JobContext,
): Promise<JobResults['explain']> {
  const { network, labels, imageSize } = await loadClassifier(modelFolder);
  const wanted = className === null ? null : requireClass(className, labels);
  const { files, skipped: unlisted } = await listFiles(paths);
  const skipped = [...unlisted];
  await mkdir(folder, { recursive: true });
  const explainer = await openWorkerExplainer(network);
  const pictures: ExplainedFile[] = [];
  let done = 0;
  try {
    const sources = files.map((file) => ({ file }));
    for await (const one of explainPictures(explainer, sources, { imageSize, signal: stopSignal })) {
      const path = files[one.fileIndex] ?? '';
      if ('reason' in one) skipped.push({ path, reason: one.reason });
      else {
        const { probabilities } = one.explained;
        const map = one.explained.mapOf(wanted ?? argMax(probabilities));
        const rgba = colourStrengths({ ...map, values: strengthsOf(map) }, imageSize);
        const file = fileNameOf(one.fileIndex, path);
        await writeFile(join(folder, file), await encodeUnderOverlay(one.pixels, rgba, imageSize));
        pictures.push({
          path,
          predicted: labels[argMax(probabilities)] ?? '',
          probabilities: Object.fromEntries(labels.map((label, index) => [label, probabilities[index] ?? 0])),
          className: labels[wanted ?? argMax(probabilities)] ?? '',
          file,
          map: { height: map.height, width: map.width, values: [...map.values] },
        });
      }
      report({ type: 'progress', stage: 'evaluate', done: ++done, total: files.length });
    }
  } finally {
    await explainer.dispose();
  }
  const result = { method: explainer.method, pictures, skipped };
  await writeFile(join(folder, 'heat-maps.json'), JSON.stringify(result, null, 1));
  return result;
}

/** Pictures of several folders may have one name: the number, from 1, tells them apart. */
function fileNameOf(index: number, path: string): string {
  const name = [...basename(path, extname(path))].slice(0, 50).join('');
  return `${String(index + 1).padStart(4, '0')}-${name}.png`;
}

function requireClass(className: string, labels: readonly string[]): number {
  const index = labels.indexOf(className.normalize('NFC'));
  if (index >= 0) return index;
  const allowed = labels.join(', ');
  throw new EngineError('setting/out-of-range', `The model has no class "${className}". Choose one of: ${allowed}.`, {
    setting: 'class',
    value: className,
    allowed,
  });
}
