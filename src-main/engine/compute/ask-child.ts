import { fork } from 'node:child_process';

/** What a throw-away child says when it fails, or what is said for it. */
export interface ChildFailure {
  readonly ok: false;
  readonly reason: string;
}

export interface ChildOrder {
  /** File that `fork` runs; it must send one answer. */
  readonly script: string;
  /** Sent to it once it runs. Absent: the script needs no question. */
  readonly question?: unknown;
  /** What is tried, for the reasons: "The native TensorFlow binding". */
  readonly subject: string;
  /** A driver that hangs is as useless as one that crashes. */
  readonly limitMs: number;
}

/**
 * Tries what may crash in a child process of its own. A crash, a hang and a child that cannot start are answers too.
 *
 * @returns the first message of the child, unchecked: its script is ours.
 */
export function askChild<Answer>({ script, question, subject, limitMs }: ChildOrder): Promise<Answer | ChildFailure> {
  return new Promise((resolve) => {
    const fail = (reason: string) => resolve({ ok: false, reason: `${subject} ${reason}`.trim() });
    const child = fork(script, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'advanced' });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-2000)));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`gave no answer within ${limitMs / 1000} s`);
    }, limitMs);
    child.once('message', (answer: Answer) => resolve(answer));
    child.once('error', (error) => fail(`could not be tried: ${error.message}`));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      // After an answer this changes nothing: a promise keeps its first value.
      fail(`crashed (${signal ?? `exit code ${code}`}). ${stderr.trim().split('\n').at(-1) ?? ''}`);
    });
    if (question !== undefined) child.send(question as object, () => undefined); // a child that is gone says so above
  });
}
