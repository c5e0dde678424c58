/**
 * Lets work start while its memory fits, in the order it came. Many small pictures run side by side, and a few giant
 * ones wait for each other instead of taking the machine's memory together.
 */
export function createMemoryBudget(totalBytes: number) {
  let freeBytes = totalBytes;
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];

  function startWaiting(): void {
    for (let next = waiting[0]; next !== undefined && next.bytes <= freeBytes; next = waiting[0]) {
      waiting.shift();
      freeBytes -= next.bytes;
      next.start();
    }
  }

  /** Runs `task` once `bytes` are free; a task larger than the whole budget runs alone. */
  async function run<T>(bytes: number, task: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, totalBytes);
    await new Promise<void>((start) => {
      waiting.push({ bytes: share, start });
      startWaiting();
    });
    try {
      return await task();
    } finally {
      freeBytes += share;
      startWaiting();
    }
  }

  return { run };
}
