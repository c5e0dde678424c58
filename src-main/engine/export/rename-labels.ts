import { z } from 'zod';
import type { NewName } from '../../contract/jobs.ts';
import type { Classifier } from '../network/classifier.ts';

/** What a README or a later reader finds of the classes in a classifier's provenance. */
const counted = z.looseObject({ counts: z.looseObject({ byClass: z.record(z.string(), z.int()) }) });

/** The classifier with classes called by other names. What it computes is the same. */
export function renameLabels(classifier: Classifier, newNames: readonly NewName[]): Classifier {
  const nameOf = new Map(newNames.map(({ from, to }) => [from, to]));
  const rename = (label: string) => nameOf.get(label) ?? label;
  const labels = classifier.labels.map(rename);
  const found = counted.safeParse(classifier.provenance).data;
  if (found === undefined) return { ...classifier, labels };
  const byClass = Object.fromEntries(
    Object.entries(found.counts.byClass).map(([name, count]) => [rename(name), count]),
  );
  return { ...classifier, labels, provenance: { ...found, counts: { ...found.counts, byClass } } };
}
