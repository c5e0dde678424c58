/** What `lab` prints for people: a table an experiment. `--json` has all the numbers. */
import type { CurveResult } from '../contract/lab/activation-curves.ts';
import type { DepthResult, DepthRun } from '../contract/lab/depth.ts';
import type { DropoutResult } from '../contract/lab/dropout.ts';
import type { Experiment, ExperimentResults } from '../contract/lab/experiments.ts';
import type { PenaltyResult } from '../contract/lab/penalties.ts';
import type { PreprocessingResult } from '../contract/lab/preprocessing.ts';

/** @param result  of that experiment. */
export function tableOf(experiment: Experiment, result: ExperimentResults[Experiment]): string {
  const lines = TABLES[experiment](
    result as PreprocessingResult & CurveResult & DepthResult & PenaltyResult & DropoutResult, // as: of this experiment
  );
  return lines.join('\n');
}

const TABLES = {
  preprocessing: preprocessingLines,
  activationCurves: curveLines,
  depth: depthLines,
  penalties: penaltyLines,
  dropout: dropoutLines,
};

const CHANNELS = ['red', 'green', 'blue'];

/** Axes that are told of one by one. */
const SHOWN_AXES = [1, 2, 3, 5, 10, 20, 50, 100, 200];

function preprocessingLines({ imageCount, sizePx, channels, axes }: PreprocessingResult): string[] {
  const variances = axes.variances;
  const all = variances.reduce((sum, variance) => sum + variance, 0);
  const upTo = (count: number) => variances.slice(0, count).reduce((sum, variance) => sum + variance, 0);
  return [
    `${imageCount} training pictures, scaled down to ${sizePx} × ${sizePx} pixels.`,
    ...table(
      ['channel', 'mean', 'std'],
      channels.map(({ mean, std }, channel) => [CHANNELS[channel] ?? '', mean.toFixed(1), std.toFixed(1)]),
      1,
    ),
    '',
    `Variance of the ${sizePx * sizePx * 3} values along the first principal axes, from ${axes.imageCount} pictures:`,
    ...table(
      ['axes', 'of all variance'],
      SHOWN_AXES.filter((count) => count <= variances.length).map((count) => [
        String(count),
        all === 0 ? '–' : percent(upTo(count) / all),
      ]),
      0,
    ),
  ];
}

const ADVICE = { first: 'start with it', try: 'worth a try', avoid: 'not recommended' };

function curveLines({ curves, signs }: CurveResult): string[] {
  const rows = curves.map((curve) => {
    const isAbsolute = curve.pieces?.[1]?.weight === -1;
    return [
      curve.pieces === null ? curve.activation : `${curve.activation} (${isAbsolute ? 'as |x|' : 'as relu'})`,
      (Math.round(100 * curve.meanOutput) / 100 + 0).toFixed(2), // never −0.00
      curve.isZeroCentred ? 'yes' : 'no',
      curve.saturates,
      curve.cost,
      curve.advice === null ? '' : ADVICE[curve.advice],
    ];
  });
  const agreements = signs.agreements.map(({ activation, perPicture, perUnit }) => {
    const ofBatch = perUnit.reduce((sum, share) => sum + share, 0) / perUnit.length;
    return `  behind ${activation.padEnd(8)} ${percent(perPicture)} by one picture, ${percent(ofBatch)} by the batch`;
  });
  return [
    ...table(['activation', 'mean', 'centred', 'saturates', 'cost', 'advice'], rows, 1),
    '',
    `Weights of a unit that a batch of ${signs.pictureCount} pictures pulls the same way:`,
    ...agreements,
  ];
}

/** Layers that a line has room for. */
const MOST_LAYERS = 10;

function depthLines({ runs, pictureCount, inputCount }: DepthResult): string[] {
  const depth = runs[0]?.layers.length ?? 0;
  const shownCount = Math.min(depth, MOST_LAYERS);
  const shown = Array.from({ length: shownCount }, (_, index) =>
    shownCount === 1 ? 0 : Math.round((index * (depth - 1)) / (shownCount - 1)),
  );
  const row = ({ initialisation, activation, verdict, layers }: DepthRun) => [
    initialisation,
    activation,
    verdict,
    ...shown.map((layer) => short(layers[layer]?.std ?? null)),
    short(layers.at(-1)?.theory.std ?? null),
    share(layers.at(-1)?.saturatedShare ?? null),
    share(layers.at(-1)?.deadShare ?? null),
    short(layers[0]?.gradientStd ?? null),
  ];
  const headings = shown.map((layer) => String(layer + 1));
  return [
    `${pictureCount} pictures of ${inputCount} values each. Standard deviation of the outputs by layer; of the last layer also what theory`,
    'foretells and the shares of saturated outputs and of dead units; of the first the standard deviation of the gradient.',
    ...table(
      ['weights', 'activation', 'signal', ...headings, 'theory', 'saturated', 'dead', 'gradient'],
      runs.map(row),
      3,
    ),
  ];
}

function penaltyLines({ heads, matched, featureCount, pictureCounts }: PenaltyResult): string[] {
  const rows = heads.map((head, index) => [
    head.penalty,
    head.penalty === 'none' ? '' : String(head.strength),
    percent(head.validationAccuracy),
    percent(head.trainingAccuracy),
    percent(head.zeroShare),
    percent(head.nearZeroShare),
    String(head.usedFeatureCount),
    index === matched.l1 || index === matched.l2 ? '←' : '',
  ]);
  return [
    `${pictureCounts.training} pictures to learn from, ${pictureCounts.validation} to check, ${featureCount} features. ← at like accuracy.`,
    ...table(['penalty', 'strength', 'validation', 'training', 'exactly 0', 'near 0', 'features used', ''], rows, 1),
  ];
}

function dropoutLines({ accuracy, agreement, bySize, pictureCount }: DropoutResult): string[] {
  const { scaled, single, ensemble } = accuracy;
  return [
    `The scaled network names ${percent(scaled)} of ${pictureCount} validation pictures right, one mask alone ${percent(single.mean)}`,
    `(${percent(single.least)} to ${percent(single.most)}), all masks averaged ${percent(ensemble)}; the two agree on ${percent(agreement)}.`,
    ...table(
      ['masks', 'accuracy', 'difference from the scaled network'],
      bySize.map((size) => [String(size.masks), percent(size.accuracy), size.difference.toFixed(4)]),
      0,
    ),
  ];
}

/** Columns as wide as their widest cell. @param leftCount  columns whose cells begin on the left; numbers end on the right. */
function table(headings: readonly string[], rows: readonly (readonly string[])[], leftCount: number): string[] {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [headings, ...rows].map((row) =>
    row
      .map((cell, column) =>
        column < leftCount ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

const percent = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`;
const share = (fraction: number | null): string => (fraction === null ? '–' : percent(fraction));

/** Three digits, or a power of ten where that says more. */
function short(value: number | null): string {
  if (value === null) return 'overflow';
  return value === 0 || (value >= 0.001 && value < 1000) ? value.toFixed(3) : value.toExponential(0);
}
