import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { runEvent, type RunEvent } from '../contract/events.ts';
import { isErrno } from '../system/durable-file.ts';
import type { Log } from './log.ts';

interface ReadEvents {
  readonly events: readonly RunEvent[];
  /** Length of the readable part; what comes after it was torn by a crash or a full disk. */
  readonly goodBytes: number;
}

/** Reads `events.jsonl` up to the first line that is torn, unreadable or out of order. No file holds no events. */
export async function readEvents(file: string): Promise<ReadEvents> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { events: [], goodBytes: 0 };
    throw error;
  }
  const events: RunEvent[] = [];
  let goodBytes = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, goodBytes)) {
    const event = parseEvent(content.toString('utf8', goodBytes, end));
    if (event?.seq !== events.length + 1) break;
    events.push(event);
    goodBytes = end + 1;
  }
  return { events, goodBytes };
}

function parseEvent(line: string): RunEvent | null {
  try {
    return runEvent.parse(JSON.parse(line));
  } catch {
    return null; // the caller treats it as the torn end of the file
  }
}

/** Numbers the events of one run, keeps them and writes them behind. */
export class EventLog {
  readonly events: RunEvent[];
  readonly #file: FileHandle;
  readonly #log: Log;
  #writing: Promise<void> = Promise.resolve();
  #isBroken = false;

  private constructor(file: FileHandle, events: readonly RunEvent[], log: Log) {
    this.#file = file;
    this.events = [...events];
    this.#log = log;
  }

  /** Opens the file to go on after what it holds; a torn end is cut off. */
  static async open(path: string, log: Log): Promise<EventLog> {
    const { events, goodBytes } = await readEvents(path);
    const file = await open(path, 'a');
    if ((await file.stat()).size > goodBytes) await truncate(path, goodBytes);
    return new EventLog(file, events, log);
  }

  append(event: RunEvent['event'], atMs: number): void {
    const numbered: RunEvent = { seq: this.events.length + 1, atMs: Math.round(atMs), event };
    this.events.push(numbered);
    this.#writing = this.#writing.then(async () => {
      if (this.#isBroken) return;
      try {
        await this.#file.appendFile(`${JSON.stringify(numbered)}\n`);
      } catch (error) {
        this.#isBroken = true; // the run goes on; a later reader finds its events up to here
        this.#log.error('Events of a run cannot be written any more', error);
      }
    });
  }

  /** Ends writing; all that could be written is on the disk then. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file.sync().catch((error: unknown) => this.#log.error('Events of a run may be incomplete', error));
    await this.#file.close();
  }
}
