import { beforeAll } from 'vitest';
import { loadEverywhere } from '../../../../src-main/engine/compute/tensorflow.ts';
import { describeTailTraining } from '../../../helpers/tail-training.ts';

beforeAll(loadEverywhere);

describeTailTraining('WebAssembly', 'wasm');
