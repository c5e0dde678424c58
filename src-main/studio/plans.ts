import type { AugmentationPreview } from '../contract/augment.ts';
import type { ClassSummary } from '../contract/dataset.ts';
import type { SplitConfig } from '../contract/jobs.ts';
import type { RunCosts } from '../contract/results.ts';
import { requireSettingsThatFit } from '../contract/setting-rules.ts';
import type { TrainConfig } from '../contract/training.ts';
import type { Datasets } from './datasets.ts';
import type { Lanes } from './lanes.ts';

export interface PreviewOrder {
  readonly pictureId: string;
  readonly config: TrainConfig;
  readonly startEpoch: number;
  readonly epochCount: number;
}

/** What settings would mean for a project's pictures, before a run is started with them. */
export class Plans {
  readonly #datasets: Datasets;
  readonly #lanes: Lanes;

  constructor(datasets: Datasets, lanes: Lanes) {
    this.#datasets = datasets;
    this.#lanes = lanes;
  }

  /**
   * What a run with these settings would cost.
   *
   * @param signal  aborted when nobody waits for the answer any more.
   */
  async estimate(projectId: string, config: TrainConfig, signal?: AbortSignal): Promise<RunCosts> {
    requireSettingsThatFit(config);
    const { folder, manifestFile } = await this.#datasets.requireTrainable(projectId);
    return this.#lanes.light(projectId, { kind: 'estimate', folder, manifestFile, config }, signal ? { signal } : {});
  }

  /**
   * How many pictures of each class such a run would have for each purpose.
   *
   * @param signal  aborted when nobody waits for the answer any more.
   */
  async split(projectId: string, config: SplitConfig, signal?: AbortSignal): Promise<ClassSummary[]> {
    const { manifestFile } = await this.#datasets.requireTrainable(projectId);
    return [...(await this.#lanes.light(projectId, { kind: 'split', manifestFile, config }, signal ? { signal } : {}))];
  }

  /**
   * What the epochs of a run with these settings will see of a training picture.
   *
   * @param signal  aborted when nobody waits for the answer any more.
   */
  async previewAugmentation(
    projectId: string,
    { pictureId, ...order }: PreviewOrder,
    signal?: AbortSignal,
  ): Promise<AugmentationPreview> {
    const { folder, manifestFile } = await this.#datasets.requireTrainable(projectId);
    const job = { kind: 'preview-augmentation', folder, manifestFile, pictures: [pictureId], ...order } as const;
    const [preview] = await this.#lanes.light(projectId, job, signal ? { signal } : {});
    if (preview === undefined) throw new Error('The worker has shown no picture');
    return preview;
  }
}
