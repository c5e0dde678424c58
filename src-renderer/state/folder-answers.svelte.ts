import pLimit from 'p-limit';
import type { SkippedFile } from '../../src-main/contract/dataset.ts';
import type { FilePrediction } from '../../src-main/contract/predictions.ts';
import type { Client } from '../client/client.ts';
import type { DroppedContent, DroppedFile } from '../client/dropped.ts';
import { predictPicture } from '../client/predict.ts';
import { isCancelled, toProblem, type Problem } from '../client/problem.ts';
import { problemWords } from '../lib/words.ts';

const AT_A_TIME = 2;
/** Rows that come in are shown together. */
const FLUSH_MS = 200;

/** What a run says of all pictures of a folder, one folder at a time. Stopping keeps what was answered. */
export class FolderAnswers {
  /** Of the folder, as the user knows it; null before one was chosen. */
  name = $state<string | null>(null);
  rows = $state.raw<readonly FilePrediction[]>([]);
  skipped = $state.raw<readonly SkippedFile[]>([]);
  progress = $state.raw<{ readonly done: number; readonly total: number } | null>(null);
  isBusy = $state(false);
  wasStopped = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** By path, where the page holds the files themselves. */
  files: Readonly<Record<string, DroppedFile>> = {};
  #abort = new AbortController();

  constructor(
    readonly client: Client,
    readonly projectId: string,
  ) {}

  /** A folder of this machine, by its absolute path: the shell knows it. */
  askPath(runId: string, folder: string): Promise<void> {
    return this.#run(folder, async (signal) => {
      const { projectId } = this;
      const answers = await this.client.runs.predictFolder({ projectId, runId, folder }, { signal });
      for await (const answer of answers) {
        if (answer.type === 'progress') this.progress = answer;
        else {
          this.rows = answer.predictions;
          this.skipped = answer.skipped;
        }
      }
    });
  }

  /** A folder that a browser has read, picture by picture. Hidden files are left out without a word. */
  askFiles(runId: string, read: (signal: AbortSignal) => Promise<DroppedContent>): Promise<void> {
    return this.#run('', async (signal) => {
      const { files: found } = await read(signal);
      const files = found.filter(({ path }) => path.split('/').every((part) => !part.startsWith('.')));
      this.name = files[0]?.path.split('/')[0] ?? '';
      this.files = Object.fromEntries(files.map((file) => [file.path, file]));
      await this.#askEach(runId, files, signal);
    });
  }

  stop(): void {
    this.#abort.abort();
  }

  async #askEach(runId: string, files: readonly DroppedFile[], signal: AbortSignal): Promise<void> {
    const rows: FilePrediction[] = [];
    const skipped: SkippedFile[] = [];
    const limit = pLimit(AT_A_TIME);
    const flush = (): void => {
      this.rows = [...rows];
      this.skipped = [...skipped];
      this.progress = { done: rows.length + skipped.length, total: files.length };
    };
    flush();
    const timer = setInterval(flush, FLUSH_MS);
    const ask = async ({ path, read }: DroppedFile): Promise<void> => {
      signal.throwIfAborted();
      try {
        const { predicted, probabilities } = await predictPicture(
          await read(),
          { projectId: this.projectId, runId },
          signal,
        );
        rows.push({ path, predicted, probabilities });
      } catch (error) {
        // one file that is no picture ends nothing; what would fail for every file does
        const problem = toProblem(error);
        if (signal.aborted || problem.code !== 'image/unreadable') throw error;
        skipped.push({ path, reason: problemWords(problem).text });
      }
    };
    try {
      await Promise.all(files.map((file) => limit(ask, file)));
    } finally {
      limit.clearQueue();
      clearInterval(timer);
      flush();
    }
  }

  async #run(name: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.name = name;
    this.rows = [];
    this.skipped = [];
    this.files = {};
    this.progress = this.problem = null;
    this.wasStopped = false;
    this.isBusy = true;
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted || isCancelled(error)) this.wasStopped = true;
      else this.problem = toProblem(error);
    } finally {
      this.isBusy = false;
    }
  }
}
