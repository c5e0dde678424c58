// @ts-check
/** How much memory a program and its children hold at most, from Linux' /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const INTERVAL_MS = 100;

/**
 * Watches a process and all that it starts, until `stop`.
 *
 * At each look, the high-water marks of those alive are added up: a mark holds what happened between two looks, and a sum
 * of marks is never less than what they held at one time. Pages that two of them share count twice.
 *
 * @param {number} pid
 * @returns {{ stop: () => number }}  `stop` gives the peak in bytes
 * @throws Error where there is no /proc
 */
export function watchMemory(pid) {
  if (process.platform !== 'linux') throw new Error('Memory is measured through /proc, which only Linux has');
  let peak = 0;
  const look = () => (peak = Math.max(peak, treeBytes(pid)));
  const timer = setInterval(look, INTERVAL_MS);
  look();
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

/** @param {number} pid @returns {number} */
function treeBytes(pid) {
  const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return childrenOf(pid).reduce((sum, child) => sum + treeBytes(child), Number(kilobytes) * 1024);
}

/** @param {number} pid */
function childrenOf(pid) {
  return threadsOf(pid).flatMap((thread) => {
    const children = read(`/proc/${pid}/task/${thread}/children`);
    return children.split(' ').filter(Boolean).map(Number);
  });
}

/** @param {number} pid */
function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended
  }
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
