/** Watches the validation loss, remembers the best epoch and says when to give up. */
export interface EarlyStopping {
  /** Takes the loss of an epoch and says whether it is the best so far. */
  isBest(epoch: number, validationLoss: number): boolean;
  /** Whether `patience` epochs have passed since the best. */
  shouldStop(epoch: number): boolean;
  readonly bestEpoch: number;
}

/** @param patience  epochs without improvement that are borne; 0 never stops. */
export function createEarlyStopping(patience: number): EarlyStopping {
  let bestEpoch = 0;
  let bestLoss = Infinity;
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
  };
}
