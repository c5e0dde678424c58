/** 97.5 % point of the standard normal distribution. */
const Z_95 = 1.959963984540054;

/** Halvings of an interval of length 1: past a double's precision. */
const HALVINGS = 60;

/**
 * How far apart two accuracies on the same pictures are, with the 95 % score interval: honest for few pictures, and where
 * hardly any or none was answered differently.
 *
 * @param lostCount    pictures that only the first answers rightly.
 * @param gainedCount  pictures that only the second answers rightly.
 * @param count        all pictures, at least 1.
 * @returns            accuracy of the first less that of the second, −1 … 1.
 * @throws RangeError  if the counts do not go together.
 * @see Tango 1998, "Equivalence test and confidence interval for the difference in proportions for the paired-sample design",
 *      Statistics in Medicine 17, 891–908, eqs. 7–9.
 */
export function pairedDifference(
  lostCount: number,
  gainedCount: number,
  count: number,
): { readonly difference: number; readonly low: number; readonly high: number } {
  if (count < 1 || lostCount < 0 || gainedCount < 0 || lostCount + gainedCount > count)
    throw new RangeError(`${lostCount} lost and ${gainedCount} gained cannot be of ${count} pictures`);
  const difference = (lostCount - gainedCount) / count;
  const score = (assumed: number) => tangoScore({ lostCount, gainedCount, count }, assumed);
  return {
    difference,
    low: crossing((assumed) => score(assumed) > Z_95, -1, difference),
    high: crossing((assumed) => score(assumed) > -Z_95, difference, 1),
  };
}

/** How many standard deviations what was counted lies above an assumed difference. */
function tangoScore(
  { lostCount, gainedCount, count }: { lostCount: number; gainedCount: number; count: number },
  assumed: number,
): number {
  const a = 2 * count;
  const b = -lostCount - gainedCount + (2 * count - lostCount + gainedCount) * assumed;
  const c = -gainedCount * assumed * (1 - assumed);
  // The share of gained pictures that makes the counts likeliest, given the difference.
  const gainedShare = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
  const variance = count * (2 * gainedShare + assumed * (1 - assumed));
  const distance = lostCount - gainedCount - count * assumed;
  return distance === 0 ? 0 : distance / Math.sqrt(Math.max(variance, 0));
}

/** Where a condition that holds at `low` ends, up to `high`. */
function crossing(holds: (value: number) => boolean, low: number, high: number): number {
  let [from, to] = [low, high];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (from + to) / 2;
    if (holds(middle)) from = middle;
    else to = middle;
  }
  return to;
}
