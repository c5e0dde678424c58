/** The one figure of a run, and how sure it is. */
import type { Interval, TrainReport } from '../../src-main/contract/results.ts';

/** The test split's where there is one, else the validation split's. */
export function headlineAccuracy({ accuracy }: Pick<TrainReport, 'accuracy'>): number {
  return accuracy.test ?? accuracy.val;
}

/** Pictures that the figure counts. */
export function headlineCount({ counts }: Pick<TrainReport, 'counts'>): number {
  return counts.test ?? counts.val;
}

/** What stands behind ±: half the width of the 95 % interval, which itself may lean to one side. */
export function halfWidth({ low, high }: Interval): number {
  return (high - low) / 2;
}
