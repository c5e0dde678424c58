import { open, readFile, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { edit, type Edit } from '../contract/edits.ts';
import { EngineError } from '../contract/errors.ts';
import { isErrno, writeFileDurably } from '../system/durable-file.ts';

const header = z.object({ kind: z.literal('fovea-edits'), version: z.literal(1) });
const at = z.iso.datetime();
const step = z.discriminatedUnion('type', [
  z.object({ type: z.literal('edit'), at, edit }),
  z.object({ type: z.literal('undo'), at }),
  z.object({ type: z.literal('redo'), at }),
]);
/** A line of the log: nothing that was written is ever changed, so an undo is a line of its own. */
export type EditStep = z.infer<typeof step>;

export interface DatedEdit {
  readonly at: string;
  readonly edit: Edit;
}

/** Where the steps of a log lead to. */
export interface Standing {
  /** In the order of their application. */
  readonly done: readonly DatedEdit[];
  /** That can be redone, the next one first. */
  readonly undone: readonly DatedEdit[];
}

/** Edits after undoing and redoing: an edit ends the chance to redo what was undone before it. */
export function standingOf(steps: readonly EditStep[]): Standing {
  const done: DatedEdit[] = [];
  const undone: DatedEdit[] = [];
  for (const step of steps) {
    if (step.type === 'edit') {
      done.push({ at: step.at, edit: step.edit });
      undone.length = 0;
      continue;
    }
    const [from, to] = step.type === 'undo' ? [done, undone] : [undone, done];
    const moved = from.pop();
    if (moved !== undefined) to.push(moved);
  }
  return { done, undone: undone.reverse() };
}

export interface EditLog {
  readonly steps: readonly EditStep[];
  /** Length of the readable part, 0 where there is no file; what comes after it was torn by a crash or a full disk. */
  readonly goodBytes: number;
  readonly isTorn: boolean;
}

/**
 * Reads `edits.jsonl`. A last line without an end was never confirmed to anybody, so it is left out and told of.
 *
 * @throws EngineError `project/corrupt` for any other line that cannot be read: what comes after it builds on it.
 */
export async function readEditLog(file: string): Promise<EditLog> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { steps: [], goodBytes: 0, isTorn: false };
    throw error;
  }
  const steps: EditStep[] = [];
  let goodBytes = 0;
  let line = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, goodBytes)) {
    line++;
    try {
      const value: unknown = JSON.parse(content.toString('utf8', goodBytes, end));
      if (line === 1) header.parse(value);
      else steps.push(step.parse(value));
    } catch (error) {
      throw corrupt(file, line, error);
    }
    goodBytes = end + 1;
  }
  return { steps, goodBytes, isTorn: goodBytes < content.length };
}

/** Adds a step; it survives a power cut once this returns. @param log  what was read just before, by who alone writes. */
export async function appendToEditLog(file: string, { goodBytes, isTorn }: EditLog, added: EditStep): Promise<void> {
  const line = `${JSON.stringify(added)}\n`;
  if (goodBytes === 0) {
    const head: z.infer<typeof header> = { kind: 'fovea-edits', version: 1 };
    await writeFileDurably(file, `${JSON.stringify(head)}\n${line}`);
    return;
  }
  if (isTorn) await truncate(file, goodBytes);
  const handle = await open(file, 'a');
  try {
    await handle.appendFile(line);
    await handle.sync();
  } catch (error) {
    await handle.truncate(goodBytes).catch(() => undefined); // else the next reader leaves the torn line out
    throw error;
  } finally {
    await handle.close();
  }
}

/** Cuts off what was torn. */
export async function mendEditLog(file: string, { goodBytes }: EditLog): Promise<void> {
  await truncate(file, goodBytes);
}

function corrupt(file: string, line: number, cause: unknown): EngineError {
  return new EngineError(
    'project/corrupt',
    `Line ${line} of ${file}, the record of edits, cannot be read. Put an earlier copy of the file back, or remove it to start from the folder as it is.`,
    { file, line },
    { cause },
  );
}
