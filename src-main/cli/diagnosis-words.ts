import type { DiagnosticsSummary, LayerActivation } from '../contract/diagnostics.ts';

/** A first loss further than this share from that of guessing is worth a line. */
const LOSS_TOLERANCE = 0.25;
/** Shares from which a line is worth it. */
const MANY = { dead: 0.1, saturated: 0.2, nearZero: 0.25 };

/** What a run's report says of its layers, where something is off; nothing where all is well. */
export function diagnosisLines(diagnostics: DiagnosticsSummary | undefined): string[] {
  if (diagnostics === undefined) return [];
  return [
    ...initialLossLines(diagnostics),
    ...sigmoidLines(diagnostics),
    ...deadLines(diagnostics),
    ...saturatedLines(diagnostics),
    ...sparsityLines(diagnostics),
  ];
}

function initialLossLines({ initialLoss }: DiagnosticsSummary): string[] {
  if (initialLoss === null) return [];
  const { loss, expected } = initialLoss;
  if (Math.abs(loss - expected) <= LOSS_TOLERANCE * expected) return [];
  const guess = `guessing among ${Math.round(Math.exp(expected))} classes has ${expected.toFixed(2)}`;
  return [
    `The first loss was ${loss.toFixed(2)}, where ${guess}: the weights began too large. Try --initialisation he.`,
  ];
}

function sigmoidLines({ activations }: DiagnosticsSummary): string[] {
  if (!activations.includes('sigmoid')) return [];
  const why = 'gradients vanish, outputs are not zero-centred, and exp is costly';
  return [`Sigmoid is not recommended: ${why}. Try --activation relu.`];
}

function deadLines({ worstDead }: DiagnosticsSummary): string[] {
  if (worstDead === null || worstDead.share < MANY.dead) return [];
  const { layer, activation, share } = worstDead;
  const isRectifier = activation === 'relu' || activation === 'relu6';
  const what = isRectifier ? 'never open' : 'always give the same';
  // The activations of a pretrained backbone are not the user's choice.
  const advice = activation === 'relu' ? ' Try --activation leakyRelu, or a lower --learning-rate.' : '';
  return [
    `${percent(share)} of the units of ${layer} ${what}: no picture changes them, and they learn nothing.${advice}`,
  ];
}

function saturatedLines({ worstSaturated }: DiagnosticsSummary): string[] {
  if (worstSaturated === null || worstSaturated.share < MANY.saturated) return [];
  const { layer, activation, share } = worstSaturated;
  const advice = activation in ADVICE ? ` ${ADVICE[activation] ?? ''}` : '';
  return [
    `${percent(share)} of the outputs of ${layer} lie where ${activation} is flat: gradients vanish there.${advice}`,
  ];
}

const ADVICE: { readonly [Name in LayerActivation]?: string } = {
  sigmoid: 'Try --activation relu.',
  tanh: 'Try --initialisation xavier, or --activation relu.',
  elu: 'Try --initialisation he.',
  selu: 'Try --initialisation xavier.',
};

function sparsityLines({ sparsity }: DiagnosticsSummary): string[] {
  if (sparsity < MANY.nearZero) return [];
  return [`${percent(sparsity)} of the weights that learned are near 0 (below 1 % of their layer's largest).`];
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
