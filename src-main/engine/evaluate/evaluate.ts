import type { Evaluation, Prediction } from '../../contract/results.ts';
import { argMax, confusionMatrix, metricsByClass, wilsonInterval } from './metrics.ts';

/** A picture that was predicted, with its true class. */
export interface Answer {
  readonly id: string;
  readonly path: string;
  readonly truth: string;
  /** One per class, in the order of the classes. */
  readonly probabilities: readonly number[];
}

/**
 * Everything that is reported of a model on one set of pictures.
 *
 * @param choseBestEpoch  whether these pictures also chose the best epoch, so that the figure leans to the good side.
 * @throws RangeError if there is no answer.
 */
export function evaluate(
  classes: readonly string[],
  answers: readonly Answer[],
  { split, choseBestEpoch }: Pick<Evaluation, 'split' | 'choseBestEpoch'>,
): Evaluation {
  const numberOf = new Map(classes.map((name, index) => [name, index]));
  const truths = answers.map(({ truth }) => numberOf.get(truth) ?? -1);
  const chosen = answers.map(({ probabilities }) => argMax(probabilities));
  const confusion = confusionMatrix(truths, chosen, classes.length);
  const correctCount = truths.filter((truth, index) => truth === chosen[index]).length;
  const predictions = answers.map((answer, index): Prediction => ({
    id: answer.id,
    path: answer.path,
    truth: answer.truth,
    predicted: classes[chosen[index] ?? 0] ?? '',
    probabilities: [...answer.probabilities],
  }));
  return {
    split,
    classes: [...classes],
    imageCount: answers.length,
    accuracy: correctCount / answers.length,
    interval: wilsonInterval(correctCount, answers.length),
    choseBestEpoch,
    perClass: metricsByClass(confusion, classes),
    confusion,
    predictions,
  };
}
