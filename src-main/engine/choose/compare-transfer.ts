/** What did transfer bring? Two ways of learning, judged by the same pictures. */
import type { TransferReport } from '../../contract/choosing.ts';
import { EngineError } from '../../contract/errors.ts';
import type { TrainedRun } from '../../contract/jobs.ts';
import type { Evaluation } from '../../contract/results.ts';
import type { TrainConfig } from '../../contract/training.ts';
import { argMax, mcNemar, wilsonInterval } from '../evaluate/metrics.ts';
import { predictRows } from '../evaluate/predict-rows.ts';
import { createRandom, shuffle } from '../random.ts';
import type { LabelledExamples } from '../train/labelled-examples.ts';
import { trainHead } from '../train/train-heads.ts';
import { percent, pWords } from './race-backbones.ts';

/** Runs of one seed on one split. */
export interface TransferPair {
  readonly transfer: TrainedRun;
  readonly scratch: TrainedRun;
}

/** How a head does that saw so many pictures of each class at most; one a seed. */
export interface FewerPictures {
  readonly imagesPerClass: number;
  readonly imageCount: number;
  readonly accuracy: number;
}

/**
 * @param heads  by pair, of `learnFromFewer`.
 * @throws EngineError `setting/out-of-range` if the two of a pair were not judged by the same pictures.
 */
export function compareTransfer(
  pairs: readonly TransferPair[],
  heads: readonly (readonly FewerPictures[])[],
): TransferReport {
  const [first] = pairs;
  if (first === undefined) throw new RangeError('A comparison needs at least one pair of runs');
  const tally = new Map<string, { shown: number; transfer: number; scratch: number }>();
  for (const { transfer, scratch } of pairs) {
    const scratchRight = rightById(scratch.evaluation);
    requireSamePictures(transfer.evaluation, scratchRight);
    for (const [id, isRight] of rightById(transfer.evaluation)) {
      const { shown, transfer, scratch } = tally.get(id) ?? { shown: 0, transfer: 0, scratch: 0 };
      tally.set(id, {
        shown: shown + 1,
        transfer: transfer + (isRight ? 1 : 0),
        scratch: scratch + (scratchRight.get(id) ? 1 : 0),
      });
    }
  }
  const answers = [...tally.values()].map(({ shown, transfer, scratch }) => ({
    transfer: 2 * transfer > shown,
    scratch: 2 * scratch > shown,
  }));
  const onlyTransfer = answers.filter(({ transfer, scratch }) => transfer && !scratch).length;
  const onlyScratch = answers.filter(({ transfer, scratch }) => !transfer && scratch).length;
  const way = (name: 'transfer' | 'scratch') => {
    const rightCount = answers.filter((answer) => answer[name]).length;
    return {
      accuracy: rightCount / answers.length,
      interval: wilsonInterval(rightCount, answers.length),
      seconds: mean(pairs.map((pair) => pair[name].report.seconds.total)),
    };
  };
  const seeds = pairs.map(({ transfer, scratch }) => ({
    seed: transfer.config.seed,
    transfer: transfer.evaluation.accuracy,
    scratch: scratch.evaluation.accuracy,
  }));
  const headOnFewer = meanOfHeads(heads);
  const wanted = mean(seeds.map(({ scratch }) => scratch));
  const report = {
    split: first.transfer.evaluation.split === 'test' ? ('test' as const) : ('validation' as const),
    imageCount: answers.length,
    trainingCount: first.transfer.report.counts.train,
    transfer: way('transfer'),
    scratch: way('scratch'),
    onlyTransfer,
    onlyScratch,
    pValue: mcNemar(onlyTransfer, onlyScratch),
    seeds,
    headOnFewer,
    enough: headOnFewer.find(({ accuracy }) => accuracy >= wanted) ?? null,
  };
  return { ...report, sentence: sentenceOf(report) };
}

/** Steps that a reader can follow: each about twice the one before. */
const IMAGES_PER_CLASS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

const STREAM = 53;

/** Of few pictures much depends on which: so many are drawn this often, and the accuracies averaged. */
const DRAWS = { upTo: 20, count: 5 };

/**
 * Trains heads on fewer and fewer of the training pictures: how many does a pretrained backbone need? Pictures of a smaller
 * number are among those of every larger one of the same draw.
 *
 * @param headlineRows  rows that a run is judged by.
 */
export async function learnFromFewer(
  data: LabelledExamples,
  headlineRows: Uint32Array,
  config: TrainConfig,
  signal: AbortSignal,
): Promise<FewerPictures[]> {
  const draws = Array.from({ length: DRAWS.count }, (_, draw) => classesInOrder(data, config.seed, draw));
  const largest = Math.max(...(draws[0] ?? []).map(({ length }) => length));
  const learned: FewerPictures[] = [];
  for (const imagesPerClass of [...IMAGES_PER_CLASS.filter((count) => count < largest), largest]) {
    const accuracies = [];
    let imageCount = 0;
    for (const classes of draws.slice(0, imagesPerClass <= DRAWS.upTo ? DRAWS.count : 1)) {
      signal.throwIfAborted();
      const trainingRows = Uint32Array.from(classes.flatMap((rows) => [...rows.subarray(0, imagesPerClass)])).sort();
      const { head } = await trainHead({ ...data, trainingRows }, config, { stopSignal: signal });
      const probabilities = await predictRows(head, data.source, headlineRows);
      const right = probabilities.filter((answer, index) => argMax(answer) === data.labels[headlineRows[index] ?? 0]);
      accuracies.push(right.length / headlineRows.length);
      imageCount = trainingRows.length;
    }
    learned.push({ imagesPerClass, imageCount, accuracy: mean(accuracies) });
  }
  return learned;
}

/** The training rows of each class, shuffled. */
function classesInOrder({ labels, classCount, trainingRows }: LabelledExamples, seed: number, draw: number) {
  return Array.from({ length: classCount }, (_, label) =>
    shuffle(
      trainingRows.filter((row) => labels[row] === label),
      createRandom(seed, STREAM, draw, label),
    ),
  );
}

/** Over the seeds, where all have that many pictures. */
function meanOfHeads([first = [], ...others]: readonly (readonly FewerPictures[])[]): FewerPictures[] {
  return first.flatMap(({ imagesPerClass, imageCount, accuracy }) => {
    const same = others.map((heads) => heads.find((head) => head.imagesPerClass === imagesPerClass));
    const accuracies = same.flatMap((head) => (head === undefined ? [] : [head.accuracy]));
    if (accuracies.length < others.length) return [];
    return [{ imagesPerClass, imageCount, accuracy: mean([accuracy, ...accuracies]) }];
  });
}

function rightById({ predictions }: Evaluation): Map<string, boolean> {
  return new Map(predictions.map(({ id, truth, predicted }) => [id, truth === predicted]));
}

function requireSamePictures({ predictions }: Evaluation, others: ReadonlyMap<string, boolean>): void {
  const sharedCount = predictions.filter(({ id }) => others.has(id)).length;
  if (sharedCount > 0 && sharedCount === predictions.length && sharedCount === others.size) return;
  throw new EngineError(
    'setting/out-of-range',
    `The two runs were judged by different pictures: ${sharedCount} of ${predictions.length} and ${others.size} are the same. Compare runs of the same seed, fractions and pictures.`,
    { setting: 'pairs', value: sharedCount, allowed: 'runs that were judged by the same pictures' },
  );
}

type Compared = Omit<TransferReport, 'sentence'>;

function sentenceOf(report: Compared): string {
  const { transfer, scratch, split, imageCount, onlyTransfer, onlyScratch, pValue } = report;
  const sides = `${wayWords(transfer)} against ${wayWords(scratch)} from scratch, on the same ${imageCount} ${split} pictures`;
  const pictures = `${onlyTransfer} right with it alone, ${onlyScratch} without it alone, ${pWords(pValue)}`;
  const points = (transfer.accuracy - scratch.accuracy) * 100;
  const isNoise = pValue >= 0.05;
  const brought = isNoise
    ? 'Transfer brought nothing that these pictures could show'
    : `Transfer brought ${points > 0 ? '' : '−'}${Math.abs(points).toFixed(1)} points`;
  return `${brought}: ${sides} (${pictures})${enoughWords(report)}.`;
}

function wayWords({ accuracy, interval, seconds }: Compared['transfer']): string {
  const range = `${(interval.low * 100).toFixed(1)}–${percent(interval.high)}`;
  return `${percent(accuracy)} (${range}) in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

function enoughWords({ enough, trainingCount }: Compared): string {
  if (enough === null) return '';
  const { imagesPerClass, imageCount } = enough;
  if (imageCount === trainingCount) return '';
  const pictures = imagesPerClass === 1 ? 'picture' : 'pictures';
  return `; ${imagesPerClass} training ${pictures} a class (${imageCount} in all) are enough for a head to reach what the network from scratch reaches with ${trainingCount}`;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
