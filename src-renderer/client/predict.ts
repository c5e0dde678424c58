/** Asks a run's model about one picture that belongs to no project. Nothing of it is stored. */
import { livePrediction, type LivePrediction } from '../../src-main/contract/predictions.ts';
import { ProblemError } from './problem.ts';
import { refusalOf } from './refusal.ts';
import { predictUrl } from './urls.ts';

export interface Asked {
  readonly projectId: string;
  readonly runId: string;
  /** A class, or null for the predicted one; absent: no heat map. */
  readonly heatMapOf?: string | null;
}

/** @throws ProblemError with the server's code; a TypeError where no answer came. */
export async function predictPicture(
  picture: Blob,
  { projectId, runId, heatMapOf }: Asked,
  signal: AbortSignal,
): Promise<LivePrediction> {
  const url = predictUrl(projectId, runId, heatMapOf);
  const response = await fetch(url, { method: 'POST', body: picture, signal });
  if (!response.ok) {
    const { code, message } = await refusalOf(response);
    throw new ProblemError(code, message);
  }
  return livePrediction.parse(await response.json());
}
