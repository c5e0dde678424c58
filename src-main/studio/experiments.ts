import type { ExperimentOrder, ExperimentResults } from '../contract/lab.ts';
import { requireBackbone } from './backbones.ts';
import type { Datasets } from './datasets.ts';
import type { Lanes } from './lanes.ts';

/** The lab's experiments on a project's pictures. Nothing of them is kept. */
export class Experiments {
  readonly #datasets: Datasets;
  readonly #lanes: Lanes;

  constructor(datasets: Datasets, lanes: Lanes) {
    this.#datasets = datasets;
    this.#lanes = lanes;
  }

  /**
   * @param signal  aborted when nobody waits for the answer any more.
   * @throws EngineError  the reason why the project's pictures cannot be trained on, before anything is queued
   */
  async run<Order extends ExperimentOrder>(
    projectId: string,
    order: Order,
    signal?: AbortSignal,
  ): Promise<ExperimentResults[Order['experiment']]> {
    const { folder, manifestFile } = await this.#datasets.requireTrainable(projectId);
    if (needsBackbone(order)) await requireBackbone(order.options.backbone);
    const result = await this.#lanes.heavy(projectId, { kind: 'lab', folder, manifestFile, order }, { signal });
    return result as ExperimentResults[Order['experiment']]; // as: the worker answers what was ordered
  }
}

function needsBackbone(order: ExperimentOrder): boolean {
  return order.experiment !== 'depth' || order.options.reads === 'embeddings';
}
