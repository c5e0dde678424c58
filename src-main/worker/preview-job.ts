/** What training will see of some pictures. Loads no backend. */
import type { Picture } from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import type { JobOf, JobResults } from '../contract/jobs.ts';
import { requireMixable } from '../engine/augment/mix.ts';
import { defaultBackboneId, loadBackbone } from '../engine/backbones/catalogue.ts';
import { readManifest } from '../engine/dataset/manifest-file.ts';
import { scanFolder } from '../engine/dataset/scan.ts';
import { assignSplits } from '../engine/dataset/split.ts';
import { requireTrainable } from '../engine/dataset/summary.ts';
import { cutOf, trunkOf } from '../engine/features/trunk.ts';
import { backboneOf } from './backbone-of.ts';
import type { JobContext } from './job-context.ts';
import { previewEpochs } from './preview-epochs.ts';

export async function previewJob(
  job: JobOf<'preview-augmentation'>,
  { stopSignal }: JobContext,
): Promise<JobResults['preview-augmentation']> {
  const { folder, manifestFile, config } = job;
  const manifest =
    manifestFile === null ? await scanFolder(folder, { signal: stopSignal }) : await readManifest(manifestFile);
  const { classes } = manifest;
  const pictures = assignSplits(manifest.entries, config);
  requireTrainable(pictures, classes, manifest.skipped);
  const rows = typeof job.pictures === 'number' ? chooseRows(pictures, job.pictures) : findRows(pictures, job.pictures);
  const backbone =
    config.from === undefined
      ? await loadBackbone(config.backbone ?? (await defaultBackboneId()))
      : await backboneOf(config, classes.length);
  const { imageSize } = backbone;
  const { shape } = trunkOf(backbone, cutOf(config, backbone), config.cachePrecision);
  requireMixable(config, { shape, classCount: classes.length });
  const previews: JobResults['preview-augmentation'][number][] = [];
  for (const row of rows) {
    stopSignal.throwIfAborted();
    previews.push(await previewEpochs(row, job, { folder, pictures, classes, imageSize, shape, config }));
  }
  return previews;
}

/** @throws EngineError `setting/out-of-range` if one is none that training learns from. */
function findRows(pictures: readonly Picture[], ids: readonly string[]): number[] {
  return ids.map((id) => {
    const row = pictures.findIndex((picture) => picture.id === id && picture.split === 'training');
    if (row >= 0) return row;
    const message =
      `No training picture has the id "${id}": it is unknown, or seed and shares of the split let it check. ` +
      'Only training pictures are varied; choose one of them.';
    throw new EngineError('setting/out-of-range', message, {
      setting: 'pictureId',
      value: id,
      allowed: 'a training picture',
    });
  });
}

/** The first training picture of each class, then the second, and so on. */
function chooseRows(pictures: readonly Picture[], count: number): number[] {
  const seen = new Map<string, number>();
  const turns = pictures.flatMap(({ className, split }, row) => {
    if (split !== 'training') return [];
    const turn = seen.get(className) ?? 0;
    seen.set(className, turn + 1);
    return [{ row, turn }];
  });
  return turns
    .sort((a, b) => a.turn - b.turn || a.row - b.row)
    .slice(0, count)
    .map(({ row }) => row);
}
