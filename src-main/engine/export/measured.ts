import { z } from 'zod';
import type { Classifier } from '../network/classifier.ts';

/** The part of a classifier's provenance that is told beside an exported file. */
const measured = z.object({
  accuracy: z.number(),
  interval: z.object({ low: z.number(), high: z.number() }),
  imageCount: z.int(),
  split: z.enum(['validation', 'test', 'all']).optional(),
  choseBestEpoch: z.boolean().optional(),
});
export type Measured = z.infer<typeof measured>;

/** How good the classifier is; null where that was not recorded. */
export function measuredOf({ provenance }: Classifier): Measured | null {
  return measured.safeParse(provenance).data ?? null;
}
