import { loadNativeIfHere } from '../../../helpers/backend.ts';
import { describeTailTraining } from '../../../helpers/tail-training.ts';

describeTailTraining('native', 'tensorflow', loadNativeIfHere());
