import type { AugmentationPreview } from '../../src-main/contract/augment.ts';
import type { TrainConfig } from '../../src-main/contract/training.ts';
import type { Client } from '../client/client.ts';
import { LatestAnswer } from './latest-answer.svelte.ts';

/** Shorter than a price's: a slider is watched while it moves. */
const PAUSE_MS = 180;

interface Question {
  readonly projectId: string;
  readonly pictureId: string;
  readonly config: TrainConfig;
  /** From 0. */
  readonly startEpoch: number;
  readonly epochCount: number;
}

/** A training picture as the coming epochs will see it. */
export class AugmentPreviewState {
  readonly #latest = new LatestAnswer<AugmentationPreview>(PAUSE_MS);

  constructor(readonly client: Client) {}

  get preview(): AugmentationPreview | null {
    return this.#latest.answer;
  }

  get problem() {
    return this.#latest.problem;
  }

  get isStale(): boolean {
    return this.#latest.isStale;
  }

  /** @param question  null while there is no picture, or settings are out of range. */
  ask(question: Question | null): void {
    this.#latest.ask(
      JSON.stringify(question),
      question === null ? null : (signal) => this.client.runs.previewAugmentation(question, { signal }),
    );
  }

  dispose(): void {
    this.#latest.dispose();
  }
}
