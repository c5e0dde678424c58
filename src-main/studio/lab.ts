import type { ExperimentOrder, ExperimentResults } from '../contract/lab/experiments.ts';
import { requireBackbone } from './backbones.ts';
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
   * What an experiment shows. Preprocessing takes seconds and loads no backend, so it never queues behind a training.
   *
   * @param signal  aborted when nobody waits for the answer any more.
   * @throws EngineError  the reason why the project's pictures cannot be trained on, before anything is queued.
   */
  async run<Order extends ExperimentOrder>(
    projectId: string,
    order: Order,
    signal?: AbortSignal,
  ): Promise<ExperimentResults[Order['experiment']]> {
    const { folder, manifestFile } = await this.#datasets.requireTrainable(projectId);
    if (needsBackbone(order)) await requireBackbone(order.options.backbone);
    const lane = order.experiment === 'preprocessing' ? 'light' : 'heavy';
    const result = await this.#lanes[lane](projectId, { kind: 'lab', folder, manifestFile, order }, { signal });
    return result as ExperimentResults[Order['experiment']]; // as: the worker answers what was ordered
  }
}

function needsBackbone(order: ExperimentOrder): order is Exclude<ExperimentOrder, { experiment: 'preprocessing' }> {
  if (order.experiment === 'preprocessing') return false;
  return order.experiment !== 'depth' || order.options.reads === 'embeddings';
}
