/** The throw-away child that tries one provider of ONNX Runtime: a crash here costs nothing. Sends one `TrialAnswer`. */
import { tryProvider, type TrialAnswer, type TrialOrder } from '../engine/compute/trial.ts';

async function answer(order: TrialOrder): Promise<TrialAnswer> {
  try {
    return { ok: true, trial: await tryProvider(order) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

process.once('message', (order: TrialOrder) => {
  void answer(order).then((message) => process.send?.(message, () => process.exit()));
});
