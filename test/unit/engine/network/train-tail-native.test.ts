import { loadNative } from '../../../../src-main/engine/compute/tensorflow.ts';
import { describeTailTraining } from '../../../helpers/tail-training.ts';

/** Whether set-up built the native backend on this machine. */
function hasNative(): boolean {
  try {
    loadNative();
    return true;
  } catch (error) {
    process.stderr.write(`Skipping training on the native backend: ${String(error)}\n`);
    return false;
  }
}

describeTailTraining('native', 'tensorflow', hasNative());
