import pLimit from 'p-limit';
import type { LivePrediction } from '../../src-main/contract/predictions.ts';
import { predictPicture } from '../client/predict.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';

/** Pictures asked about at a time: one is read while the other is computed. */
const AT_A_TIME = 2;

/** A picture that is tried, in this page alone. */
export class TriedPicture {
  prediction = $state.raw<LivePrediction | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** Heat map and the class that was asked for, null: the predicted one. */
  heat = $state.raw<{ readonly asked: string | null; readonly image: string } | null>(null);
  readonly url: string;

  constructor(readonly file: File) {
    this.url = URL.createObjectURL(file);
  }
}

/** Pictures that were dropped, pasted or chosen to be tried with a run. They go when the screen does. */
export class TriedPictures {
  list = $state.raw<readonly TriedPicture[]>([]);
  selected = $state.raw<TriedPicture | null>(null);
  #runId: string | null = null;
  #abort = new AbortController();
  readonly #limit = pLimit(AT_A_TIME);

  constructor(readonly projectId: string) {}

  /** The run that answers from now on; what another has answered is forgotten. */
  use(runId: string): void {
    if (runId === this.#runId) return;
    this.#runId = runId;
    this.#abort.abort();
    this.#abort = new AbortController();
    for (const picture of this.list) {
      picture.prediction = picture.heat = picture.problem = null;
      void this.#ask(picture);
    }
  }

  /** Shows the first of them. */
  add(files: readonly File[]): void {
    const added = files.map((file) => new TriedPicture(file));
    this.list = [...this.list, ...added];
    this.selected = added[0] ?? this.selected;
    for (const picture of added) void this.#ask(picture);
  }

  /** Shows the neighbour of what is taken away. */
  remove(picture: TriedPicture): void {
    const index = this.list.indexOf(picture);
    this.list = this.list.filter((one) => one !== picture);
    if (this.selected === picture) this.selected = this.list[Math.min(index, this.list.length - 1)] ?? null;
    forget(picture);
  }

  clear(): void {
    this.list.forEach(forget);
    this.list = [];
    this.selected = null;
  }

  /** Fetches the heat map of a class, null: the predicted one, unless it is there. */
  async explain(picture: TriedPicture, className: string | null): Promise<void> {
    if (picture.heat?.asked === className || picture.problem !== null) return;
    await this.#ask(picture, className);
  }

  async #ask(picture: TriedPicture, heatMapOf?: string | null): Promise<void> {
    const { projectId } = this;
    const runId = this.#runId;
    const { signal } = this.#abort;
    if (runId === null) return;
    try {
      await this.#limit(async () => {
        if (signal.aborted || !this.list.includes(picture)) return;
        const order = { projectId, runId, ...(heatMapOf === undefined ? {} : { heatMapOf }) };
        const answer = await predictPicture(picture.file, order, signal);
        picture.prediction = answer;
        if (answer.heatMap !== null) picture.heat = { asked: heatMapOf ?? null, image: answer.heatMap.image };
      });
    } catch (error) {
      if (!signal.aborted && !isCancelled(error)) picture.problem = toProblem(error);
    }
  }

  dispose(): void {
    this.#abort.abort();
    this.clear();
  }
}

/** After a moment: an element on its way out of the page may still be loading it. */
function forget({ url }: TriedPicture): void {
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
