import type { CoachPlot } from '../../contract/coach.ts';
import type { TrainConfig } from '../../contract/training.ts';
import { figure, stepResult, type Found, type StepResult } from './step-result.ts';
import type { LayerFacts, StartFacts, Subject } from './subject.ts';

/**
 * A model that knows nothing is as unsure as among `classes` alternatives, a loss of log(classes). One that starts as unsure as
 * among this many times more believes in something untrue; up to `NEARLY` it is the luck of the draw.
 */
const NEARLY = 1.25;
const FAR = 2;

/** ReLU on zero-centred inputs leaves next to no unit silent for a whole set of pictures. */
const MANY_DEAD = 0.5;

/**
 * Step 1: before the first step, weight decay off, the loss must be that of knowing nothing. Where a head has learned before, it
 * is what that head leaves, and only whether gradients reach every layer can be right or wrong.
 */
export async function initialLoss(
  subject: Subject,
  config: TrainConfig,
): Promise<{ readonly result: StepResult; readonly facts: StartFacts }> {
  const facts = await subject.initial({ ...config, weightDecay: 0, labelSmoothing: 0 });
  const expected = Math.log(subject.classCount);
  const ratio = Math.exp(Math.min(facts.loss - expected, 50));
  const before = await subject.startLoss?.(config, subject);
  const dead = Math.max(0, ...facts.layers.map(({ deadUnitShare }) => deadUnitShare ?? 0));
  const twins = Math.max(0, ...facts.layers.map(({ twinUnitShare }) => twinUnitShare));
  const evidence = {
    summary: before
      ? `It begins with a head that has learned: a loss of ${before.training.toFixed(3)} on ${subject.trainingRows.length} training pictures and ${before.validation.toFixed(3)} on ${subject.validationRows.length} others (knowing nothing: ${expected.toFixed(3)}). Gradients reach ${facts.layers.length} layers.`
      : `The untrained model has a loss of ${facts.loss.toFixed(3)}; knowing nothing of ${subject.classCount} classes is log(${subject.classCount}) = ${expected.toFixed(3)}. Its answers have a standard deviation of ${figure(facts.logitStd)}.`,
    numbers: {
      loss: before?.training ?? facts.loss,
      expected,
      logitStd: facts.logitStd,
      smallestGradientNorm: Math.min(...facts.layers.map(({ gradientNorm }) => gradientNorm)),
      deadUnitShare: dead,
      twinUnitShare: twins,
    },
    plots: facts.layers.length > 1 ? [gradientPlot(facts)] : [],
  };
  const { initialisation } = subject.remedies(config);
  const found = [
    ...(before ? [] : lossFindings(facts, expected, ratio)),
    ...facts.layers.flatMap((layer) => (before ? unreached(layer) : layerFindings(layer))).slice(0, 1),
  ].map((one) => ({ ...one, actions: initialisation }));
  return { result: stepResult(evidence, found), facts };
}

function gradientPlot({ layers }: StartFacts): CoachPlot {
  const x = layers.map((_, index) => index + 1);
  const y = layers.map(({ gradientNorm }) => gradientNorm);
  return {
    kind: 'lines',
    title: 'Gradient norm by layer, from the input on',
    xLabel: 'layer',
    yLabel: 'norm',
    isLogX: false,
    series: [{ name: 'gradient', x, y }],
    marks: [],
  };
}

function lossFindings({ loss, logitStd }: StartFacts, expected: number, ratio: number): Found[] {
  const details = { loss, expected, logitStd };
  const numbers = `${loss.toFixed(3)} instead of ${expected.toFixed(3)}`;
  if (!(ratio <= NEARLY)) {
    const message = `The first loss is ${numbers}: the untrained model already contradicts the labels. Its answers differ by ${figure(logitStd)}, where a well-made last layer stays well below 1. Give the last layer smaller initial weights.`;
    return [{ verdict: ratio <= FAR ? 'warn' : 'fail', code: 'initial-loss/high', message, details }];
  }
  if (ratio < 1 / NEARLY) {
    const message = `The first loss is ${numbers}: the untrained model knows too much. Look whether it starts from weights that have seen these pictures, or the labels stand in the pictures.`;
    return [{ verdict: 'warn', code: 'initial-loss/low', message, details }];
  }
  return [];
}

/** What keeps a layer from learning whatever the rate is. */
function layerFindings({ name, zeroGradientShare, twinUnitShare, deadUnitShare }: LayerFacts): Found[] {
  if (twinUnitShare > 0) {
    const message = `${shareWords(twinUnitShare)} units of layer "${name}" start with the same weights as another: they get the same gradients and stay twins for ever. Initialise with random weights (He's for ReLU).`;
    return [
      { verdict: 'fail', code: 'initial-loss/twin-units', message, details: { layer: name, share: twinUnitShare } },
    ];
  }
  if (zeroGradientShare === 1) return unreached({ name, zeroGradientShare });
  if ((deadUnitShare ?? 0) > MANY_DEAD) {
    const share = deadUnitShare ?? 0;
    const message = `${shareWords(share)} units of layer "${name}" are silent for every picture and will not learn. Start with smaller or zero biases, or take Leaky ReLU.`;
    return [{ verdict: 'warn', code: 'initial-loss/dead-units', message, details: { layer: name, share } }];
  }
  return [];
}

function unreached({ name, zeroGradientShare }: Pick<LayerFacts, 'name' | 'zeroGradientShare'>): Found[] {
  if (zeroGradientShare < 1) return [];
  const message = `No gradient reaches layer "${name}": it will not learn. Initialise with random weights (He's for ReLU), or look what is saturated behind it.`;
  return [{ verdict: 'fail', code: 'initial-loss/dead-layer', message, details: { layer: name } }];
}

function shareWords(share: number): string {
  return share === 1 ? 'All' : `${Math.round(100 * share)} % of the`;
}
