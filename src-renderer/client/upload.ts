/** Copies files into a project, a few at a time. */
import { problemWords } from '../lib/words.ts';
import { ProblemError } from './problem.ts';
import { refusalOf } from './refusal.ts';
import { uploadUrl } from './urls.ts';

export interface UploadItem {
  readonly path: string;
  readonly sizeBytes: number;
  /** Fails where there is nothing to read any more. */
  read(): Promise<Blob>;
}

export interface UploadFailure {
  readonly path: string;
  readonly message: string;
}

/** Of the browser's six connections to one host, one follows a run and one answers clicks. */
const CONNECTIONS = 4;

/**
 * A file that the server refuses is reported and the rest goes on; a full disk or a lost server ends it.
 *
 * @returns what could not be copied, and why.
 */
export async function uploadFiles(
  projectId: string,
  items: readonly UploadItem[],
  { signal, onDone }: { readonly signal: AbortSignal; readonly onDone: (item: UploadItem) => void },
): Promise<readonly UploadFailure[]> {
  const failures: UploadFailure[] = [];
  const queue = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const item of queue) {
      const failure = await uploadFile(projectId, item, signal);
      if (failure !== null) failures.push(failure);
      onDone(item);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return failures;
}

async function uploadFile(projectId: string, item: UploadItem, signal: AbortSignal): Promise<UploadFailure | null> {
  let body: Blob;
  try {
    body = await item.read();
  } catch (error) {
    return { path: item.path, message: error instanceof Error ? error.message : String(error) };
  }
  const response = await fetch(uploadUrl(projectId, item.path), { method: 'PUT', body, signal });
  if (response.ok) return null;
  const { code, message } = await refusalOf(response);
  const endsAll = code === 'storage/full' || code === 'project/not-found' || [401, 403, 507].includes(response.status);
  if (endsAll) throw new ProblemError(code, message);
  return { path: item.path, message: code === null ? message : problemWords({ code, message }).text };
}
