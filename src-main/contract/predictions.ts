import { z } from 'zod';
import { skippedFile } from './dataset.ts';

/** What a model says of a file. */
export const filePrediction = z.object({
  path: z.string(),
  predicted: z.string(),
  /** By class name; they sum to 1. */
  probabilities: z.record(z.string(), z.number()),
});
export type FilePrediction = z.infer<typeof filePrediction>;

/**
 * How a heat map comes about: `cam` where the head is linear on pooled features (Zhou et al. 2016), else `grad-cam` (Selvaraju
 * et al. 2017).
 */
export const heatMapMethod = z.enum(['cam', 'grad-cam']);
export type HeatMapMethod = z.infer<typeof heatMapMethod>;

/** What `POST /predict/<project>/<run>` answers. */
export const livePrediction = filePrediction.omit({ path: true }).extend({
  /** Null where none was asked for. */
  heatMap: z
    .object({
      className: z.string(),
      method: heatMapMethod,
      /** Data URI of a PNG, transparent where nothing counts, of the square that the network saw: the centre of the upright picture. */
      image: z.string(),
    })
    .nullable(),
});
export type LivePrediction = z.infer<typeof livePrediction>;

/** How a prediction of many pictures goes on; `finished` comes last, unless it fails. */
export const folderPrediction = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), done: z.int(), total: z.int() }),
  z.object({ type: z.literal('finished'), predictions: z.array(filePrediction), skipped: z.array(skippedFile) }),
]);
export type FolderPrediction = z.infer<typeof folderPrediction>;

/** A picture that was explained: what `fovea explain --json` says of each. */
const explainedFile = filePrediction.extend({
  /** The class whose heat map it is. */
  className: z.string(),
  /** Name of the file that shows the map over the picture. */
  file: z.string(),
  /** The raw map at the network's own resolution, row by row. */
  map: z.object({ height: z.int(), width: z.int(), values: z.array(z.number()) }),
});
export type ExplainedFile = z.infer<typeof explainedFile>;

/** The one object that `fovea explain` writes as `heat-maps.json`. */
export const explainReport = z.object({
  method: heatMapMethod,
  pictures: z.array(explainedFile),
  skipped: z.array(skippedFile),
});
export type ExplainReport = z.infer<typeof explainReport>;
