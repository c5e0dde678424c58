/** Windows and tabs of one browser tell each other what they have changed, so that each shows what holds. */

/** A part of the contract, and the project that it was called for; null: none of those that were there. */
export interface Change {
  readonly area: string;
  readonly projectId: string | null;
}

/** After these, what others show may not hold any more. What goes on by itself (a run, a coach) is followed in each tab. */
const CHANGING: Readonly<Record<string, readonly string[]>> = {
  projects: ['create', 'createSample', 'rename', 'remove'],
  dataset: ['useFolder', 'scan', 'edit', 'undo', 'redo'],
  runs: ['start', 'startTransfer', 'resume', 'rename', 'remove'],
  coach: ['start'],
};

export class Tabs {
  /** A message reaches all but the channel that it was sent on. Events of the server would take a connection a tab, of a browser's six. */
  readonly #channel = new BroadcastChannel('fovea');

  /** To be told of each call that the server has answered. */
  called([area = '', procedure = '']: readonly string[], input: unknown): void {
    if (CHANGING[area]?.includes(procedure) !== true) return;
    this.#channel.postMessage({ area, projectId: projectIdIn(input) } satisfies Change);
  }

  /** @returns how to listen no more */
  onChange(listener: (change: Change) => void): () => void {
    const receive = ({ data }: MessageEvent<Change>): void => listener(data);
    this.#channel.addEventListener('message', receive);
    return () => this.#channel.removeEventListener('message', receive);
  }

  dispose(): void {
    this.#channel.close();
  }
}

function projectIdIn(input: unknown): string | null {
  const hasId = typeof input === 'object' && input !== null && 'projectId' in input;
  return hasId && typeof input.projectId === 'string' ? input.projectId : null;
}
