import { beforeAll } from 'vitest';
import { loadEverywhere } from '../../../../src-main/engine/compute/tensorflow.ts';
import { describeNetworkBlocks } from '../../../helpers/network-blocks.ts';

beforeAll(loadEverywhere);

describeNetworkBlocks('WebAssembly', 'wasm');
