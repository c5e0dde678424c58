import type { ExampleSource } from '../features/example-source.ts';
import { standardise, type Standardisation } from './standardise.ts';

/** Embeddings as a head learns from them: standardised as they are read. */
export function standardisedSource(source: ExampleSource, standardisation: Standardisation): ExampleSource {
  return {
    ...source,
    async read(rows, epoch, target) {
      await source.read(rows, epoch, target);
      standardise(target, standardisation);
    },
  };
}
