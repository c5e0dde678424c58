// @ts-check
/**
 * How set-up speaks: always on stderr (stdout belongs to `fovea … --json`), with bars on a terminal and plain lines in a pipe.
 */

/**
 * @typedef {object} Activity
 * @property {(done: number, total: number) => void} update  bytes
 * @property {() => void} end                               clears the bar
 */

/**
 * @typedef {object} Talk
 * @property {(text: string) => void} say
 * @property {(label: string) => Activity} begin  something that takes a while
 */

const LINE_EVERY_MS = 15_000;
const REDRAW_EVERY_MS = 100;

/**
 * @param {Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean, columns?: number }} [stream]
 * @param {() => number} [now]  milliseconds
 * @returns {Talk}
 */
export function createTalk(stream = process.stderr, now = Date.now) {
  /** @param {string} text */
  const say = (text) => void stream.write(`${text}\n`);
  return { say, begin: (label) => (stream.isTTY ? beginBar(stream, label, now) : beginLines(say, label, now)) };
}

/**
 * @param {Pick<NodeJS.WriteStream, 'write'> & { columns?: number }} stream
 * @param {string} label
 * @param {() => number} now
 * @returns {Activity}
 */
function beginBar(stream, label, now) {
  const startedAt = now();
  let text = '';
  const draw = () => {
    const line = `  ${label}  ${text || clock(now() - startedAt)}`;
    stream.write(`\r\u001b[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
  };
  draw();
  const timer = setInterval(draw, REDRAW_EVERY_MS);
  timer.unref();
  return {
    update(done, total) {
      const elapsedMs = now() - startedAt;
      const leftMs = done > 0 ? (elapsedMs * (total - done)) / done : 0;
      text = `${bar(done / total)} ${megabytes(done)}/${megabytes(total)} MB  ${clock(leftMs)} left`;
    },
    end() {
      clearInterval(timer);
      stream.write('\r\u001b[2K');
    },
  };
}

/**
 * @param {(text: string) => void} say
 * @param {string} label
 * @param {() => number} now
 * @returns {Activity}
 */
function beginLines(say, label, now) {
  say(`  ${label} …`);
  let saidAt = now();
  return {
    update(done, total) {
      if (now() - saidAt < LINE_EVERY_MS) return;
      saidAt = now();
      say(`  ${label}: ${megabytes(done)} of ${megabytes(total)} MB`);
    },
    end() {},
  };
}

/** @param {number} fraction */
function bar(fraction) {
  const filled = Math.round(20 * Math.min(1, Math.max(0, fraction)));
  return `${'█'.repeat(filled)}${'░'.repeat(20 - filled)}`;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

/** @param {number} ms */
function clock(ms) {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
