import type { JobOf } from '../contract/jobs.ts';
import type { LabPreprocessing } from '../contract/lab-preprocessing.ts';
import type { Datasets } from './datasets.ts';
import type { Lanes } from './lanes.ts';

/** Experiments that show, on a project's own pictures, what the settings of a run mean. Nothing of them is kept. */
export class Lab {
  readonly #datasets: Datasets;
  readonly #lanes: Lanes;

  constructor(datasets: Datasets, lanes: Lanes) {
    this.#datasets = datasets;
    this.#lanes = lanes;
  }

  /**
   * What preprocessing does to the training pictures. It takes seconds and loads no backend, so it never queues behind a training.
   *
   * @param signal  aborted when nobody waits for the answer any more.
   * @throws EngineError  the reason why the pictures cannot be trained on; `setting/out-of-range`.
   */
  async preprocessing(
    projectId: string,
    order: Pick<JobOf<'lab-preprocessing'>, 'sizePx' | 'components'>,
    signal?: AbortSignal,
  ): Promise<LabPreprocessing> {
    const { folder, manifestFile } = await this.#datasets.requireTrainable(projectId);
    return this.#lanes.light(projectId, { kind: 'lab-preprocessing', folder, manifestFile, ...order }, { signal });
  }
}
