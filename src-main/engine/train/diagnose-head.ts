import type { DiagnosticsRecord } from '../../contract/diagnostics.ts';
import { createStepWatch, type WatchedStep } from './step-watch.ts';

/** Watches a linear head that trains alone in its stack. */
export interface HeadDiagnosis {
  /** Whether the record of an epoch, from 1, is wanted: of 1, 2, 4, 8, …, since an epoch of a head takes milliseconds. */
  isDue(epoch: number): boolean;
  see(kernel: Omit<WatchedStep, 'slopes'>): void;
  /** As `Diagnosis.take`. */
  take(at: Omit<DiagnosticsRecord, 'layers'>): Promise<DiagnosticsRecord | null>;
  dispose(): void;
}

export function createHeadDiagnosis(weightCount: number): HeadDiagnosis {
  const steps = createStepWatch();
  return {
    isDue: (epoch) => Number.isInteger(Math.log2(epoch)),
    see: (kernel) => steps.see([{ ...kernel, slopes: null }]),
    async take(at) {
      const [step] = (await steps.take()) ?? [];
      if (step === undefined) return null;
      const layer = { name: 'logits', kind: 'dense', activation: null, weightCount } as const;
      return { ...at, layers: [{ ...layer, outputs: null, saturatedShare: null, deadShare: null, ...step }] };
    },
    dispose: () => steps.dispose(),
  };
}
