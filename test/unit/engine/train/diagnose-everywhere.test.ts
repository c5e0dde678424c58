/** On the WebAssembly backend; a process has one backend. */
import { beforeAll } from 'vitest';
import { loadEverywhere } from '../../../../src-main/engine/compute/tensorflow.ts';
import { describeDiagnosis } from '../../../helpers/diagnostics.ts';

beforeAll(loadEverywhere);

describeDiagnosis('WebAssembly');
