import type {
  DiagnosticsRecord,
  DiagnosticsSummary,
  LayerActivation,
  LayerDiagnosis,
} from '../../contract/diagnostics.ts';

/**
 * What a report says of a run's records, for the weights that are kept: of the last record that is not later than the best epoch.
 *
 * @param records  in their order.
 * @returns        null where there is none.
 */
export function summariseDiagnostics(
  records: readonly DiagnosticsRecord[],
  bestEpoch: number,
): DiagnosticsSummary | null {
  const kept = records.findLast(({ epoch }) => epoch <= bestEpoch) ?? records[0];
  if (kept === undefined) return null;
  const { layers } = kept;
  const weightCount = layers.reduce((sum, layer) => sum + layer.weightCount, 0);
  return {
    initialLoss: records.find(({ initialLoss }) => initialLoss !== null)?.initialLoss ?? null,
    activations: [...new Set(layers.flatMap(({ activation }) => activation ?? []))],
    worstDead: worst(layers, ({ deadShare }) => deadShare),
    worstSaturated: worst(layers, ({ saturatedShare }) => saturatedShare),
    sparsity: layers.reduce((sum, layer) => sum + layer.sparsity * (layer.weightCount / weightCount), 0),
  };
}

function worst(layers: readonly LayerDiagnosis[], pick: (layer: LayerDiagnosis) => number | null) {
  const found = layers.flatMap((layer) => {
    const [share, { activation }] = [pick(layer), layer];
    return share === null || activation === null ? [] : [{ layer: layer.name, activation, share }];
  });
  return found.reduce<{ layer: string; activation: LayerActivation; share: number } | null>(
    (most, one) => (most === null || one.share > most.share ? one : most),
    null,
  );
}
