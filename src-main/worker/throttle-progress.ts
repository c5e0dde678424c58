import type { WorkerEvent } from '../contract/events.ts';

/** More often than the studio passes it on, so that its own pace is kept. */
const EVERY_MS = 50;

/**
 * Lets progress through now and then: of 100,000 pictures, each message of its own would cost more than looking the
 * picture up. The last of a stage and all other events always pass.
 */
export function throttleProgress(report: (event: WorkerEvent) => void): (event: WorkerEvent) => void {
  let lastAt = -Infinity;
  return (event) => {
    if (event.type === 'progress' && event.done < event.total) {
      const now = performance.now();
      if (now - lastAt < EVERY_MS) return;
      lastAt = now;
    }
    report(event);
  };
}
