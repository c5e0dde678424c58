// @ts-check
/** What the plot shows: when each run of ours ended and how good it was, and every epoch of the peers. */
import { drawCurves } from './draw-curves.js';
import { mean, median } from './statistics.js';

/** @typedef {import('./draw-curves.js').Point} Point */

/**
 * @param {import('./entries.js').Entries} entries
 * @returns {string} SVG source
 * @throws Error where the figures that it shows were not measured
 */
export function drawPlot(entries) {
  const ours = [
    ourPoint('head again', runsOf(entries, 'head_warm_vs_keras')),
    ourPoint('head', runsOf(entries, 'head_cold_vs_keras')),
    ourPoint('upper layers', runsOf(entries, 'upper_vs_keras')),
  ];
  /** @type {import('./draw-curves.js').Curve[]} */
  const curves = [
    { label: 'Keras', tone: 'keras', points: peerPoints(runsOf(entries, 'upper_vs_keras')) },
    { label: 'PyTorch', tone: 'pytorch', points: peerPoints(runsOf(entries, 'upper_vs_pytorch')) },
  ];
  return drawCurves(ours, curves);
}

/** @param {import('./entries.js').Entries} entries @param {import('./options.js').FigureName} name */
function runsOf(entries, name) {
  const runs = entries[name]?.runs ?? [];
  if (runs.length === 0) throw new Error(`The plot needs ${name}, which was not measured`);
  return runs;
}

/** @param {string} label @param {readonly any[]} runs @returns {Point & { label: string }} */
function ourPoint(label, runs) {
  const seconds = median(runs.map(({ ours }) => ours.seconds));
  return { label, seconds, accuracy: mean(runs.map(({ ours }) => ours.accuracy)) };
}

/**
 * Every epoch of the peer's middle run. The process' start is what its stages leave of its time; epochs of a stage count as
 * equally long.
 *
 * @param {readonly any[]} runs
 * @returns {Point[]}
 */
function peerPoints(runs) {
  const bySeconds = runs.map(({ peer }) => peer).toSorted((a, b) => a.seconds - b.seconds);
  /** @type {import('./peers.js').PeerRun} */
  const { seconds, stages } = bySeconds[Math.floor((bySeconds.length - 1) / 2)];
  let elapsed = stages.reduce((rest, stage) => rest - stage.seconds, seconds);
  return stages.flatMap((stage) =>
    stage.val.map((accuracy) => {
      elapsed += stage.seconds / stage.val.length;
      return { seconds: elapsed, accuracy };
    }),
  );
}
