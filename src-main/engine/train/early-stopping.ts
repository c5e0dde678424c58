/** Watches the validation loss, remembers the best epoch and says when to give up. */
export interface EarlyStopping {
  /** Takes the loss of an epoch and says whether it is the best so far. */
  isBest(epoch: number, validationLoss: number): boolean;
  /** Whether `patience` epochs have passed since the best. */
  shouldStop(epoch: number): boolean;
  readonly bestEpoch: number;
  readonly bestLoss: number;
}

/**
 * @param patience  epochs without improvement that are borne; 0 never stops.
 * @param before    the best of the epochs that came before, where there were any.
 */
export function createEarlyStopping(
  patience: number,
  before: { readonly bestEpoch: number; readonly bestLoss: number } = { bestEpoch: 0, bestLoss: Infinity },
): EarlyStopping {
  let { bestEpoch, bestLoss } = before;
  return {
    isBest(epoch, validationLoss) {
      const improved = validationLoss < bestLoss;
      if (improved) [bestEpoch, bestLoss] = [epoch, validationLoss];
      return improved;
    },
    shouldStop: (epoch) => patience > 0 && epoch - bestEpoch >= patience,
    get bestEpoch() {
      return bestEpoch;
    },
    get bestLoss() {
      return bestLoss;
    },
  };
}
