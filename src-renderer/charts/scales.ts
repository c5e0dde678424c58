/** Ranges of the chart axes. */

/** From zero to a little above the largest loss, so that the first epoch does not touch the edge. */
export function lossRange(values: readonly number[]): [number, number] {
  const largest = values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, value) : most), 0);
  return [0, largest === 0 ? 1 : largest * 1.08];
}

/** From the round five below the smallest share to all, at least 10 points high. */
export function shareRange(values: readonly number[]): [number, number] {
  const smallest = values.reduce((least, value) => Math.min(least, value), 0.9);
  return [Math.max(0, Math.floor((smallest - 0.005) * 20) / 20), 1.005];
}
