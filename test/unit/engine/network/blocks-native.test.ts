import { loadNativeIfHere } from '../../../helpers/backend.ts';
import { describeNetworkBlocks } from '../../../helpers/network-blocks.ts';

describeNetworkBlocks('native', 'tensorflow', loadNativeIfHere());
