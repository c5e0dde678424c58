import { EngineError } from '../contract/errors.ts';
import type { FolderPrediction, LivePrediction } from '../contract/predictions.ts';
import { renameInPrediction } from './class-names.ts';
import { requireFolder } from './datasets.ts';
import type { Lanes } from './lanes.ts';
import type { Predictors } from './predictors.ts';
import type { RunModel, Runs } from './runs.ts';

/** What runs' models say of pictures that belong to no project. */
export class Predictions {
  readonly #runs: Runs;
  readonly #lanes: Lanes;
  readonly #predictors: Predictors;

  constructor(runs: Runs, lanes: Lanes, predictors: Predictors) {
    this.#runs = runs;
    this.#lanes = lanes;
    this.#predictors = predictors;
  }

  /**
   * Names what is in one picture. The first answer waits for the model to load; the next take some 20 ms each.
   *
   * @param picture    the bytes of a file.
   * @param heatMapOf  name of a class; `null`: of the predicted one; absent: no heat map.
   * @throws EngineError `model/not-found`, `image/unreadable`, `setting/out-of-range`
   */
  async predict(
    projectId: string,
    runId: string,
    picture: Uint8Array,
    { heatMapOf, signal }: { readonly heatMapOf?: string | null; readonly signal?: AbortSignal } = {},
  ): Promise<LivePrediction> {
    const model = await this.#runs.modelOf(projectId, runId);
    const order = { picture, heatMapOf: heatMapOf === undefined ? null : classNumberOf(model, heatMapOf) };
    const { probabilities, heatMap } = await this.#predictors.ask(model.folder, order, signal);
    const { classes } = model;
    return {
      predicted: classes[probabilities.indexOf(Math.max(...probabilities))] ?? '',
      probabilities: Object.fromEntries(classes.map((name, index) => [name, probabilities[index] ?? 0])),
      heatMap: heatMap && {
        className: classes[heatMap.classNumber] ?? '',
        method: heatMap.method,
        image: `data:image/png;base64,${Buffer.from(heatMap.png).toString('base64')}`,
      },
    };
  }

  /**
   * Names what is in all pictures of a folder, however deep. It is a job of the queue; whoever stops reading ends it.
   *
   * @param folder  an absolute path.
   */
  async *predictFolder(
    projectId: string,
    runId: string,
    folder: string,
    signal?: AbortSignal,
  ): AsyncGenerator<FolderPrediction, void> {
    const model = await this.#runs.modelOf(projectId, runId);
    await requireFolder(folder);
    const left = new AbortController();
    let progress: FolderPrediction | null = null;
    let wake = (): void => undefined;
    let hasEnded = false;
    const job = this.#lanes
      .heavy(
        projectId,
        { kind: 'predict', modelFolder: model.folder, paths: [folder] },
        {
          signal: signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]),
          onEvent(event) {
            if (event.type === 'progress') progress = { type: 'progress', done: event.done, total: event.total };
            wake();
          },
        },
      )
      .finally(() => {
        hasEnded = true;
        wake();
      });
    job.catch(() => undefined); // met below
    try {
      while (!hasEnded || progress !== null) {
        if (progress === null) await new Promise<void>((resolve) => (wake = resolve));
        else {
          const told = progress;
          progress = null;
          yield told;
        }
      }
      const { predictions, skipped } = await job;
      const newNames = await this.#runs.newNames(projectId, runId);
      const renamed = predictions.map((one) => renameInPrediction(one, newNames));
      yield { type: 'finished', predictions: renamed, skipped: [...skipped] };
    } finally {
      left.abort();
    }
  }
}

/** @throws EngineError `setting/out-of-range` for what is no class of the model */
export function classNumberOf({ classes }: RunModel, className: string | null): number | 'predicted' {
  if (className === null) return 'predicted';
  const index = classes.indexOf(className.normalize('NFC'));
  if (index >= 0) return index;
  const allowed = classes.join(', ');
  throw new EngineError('setting/out-of-range', `The model has no class "${className}". Choose one of: ${allowed}.`, {
    setting: 'class',
    value: className,
    allowed,
  });
}
