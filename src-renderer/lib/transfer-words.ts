import type { TransferReport } from '../../src-main/contract/choosing.ts';
import { m } from '../paraglide/messages.js';
import { formatPercent, formatPoints } from './format.ts';
import { count } from './words.ts';

/** At this level a difference is no more called luck; as the engine's own sentence does. */
const SIGNIFICANT = 0.05;

/** What transfer brought, in a sentence or two, in the language that holds. */
export function transferWords({ transfer, scratch, pValue, enough, trainingCount }: TransferReport): string {
  const gain = transfer.accuracy - scratch.accuracy;
  const words = {
    transfer: formatPercent(transfer.accuracy),
    scratch: formatPercent(scratch.accuracy),
    points: formatPoints(Math.abs(gain)),
    p: pValue < 0.001 ? '< 0.001' : `= ${pValue.toFixed(3)}`,
  };
  const isLuck = pValue >= SIGNIFICANT;
  const verdict = isLuck ? m.transfer_luck(words) : gain > 0 ? m.transfer_gain(words) : m.transfer_loss(words);
  if (enough === null) return verdict;
  return `${verdict} ${m.transfer_enough({ few: count(enough.imageCount), all: count(trainingCount) })}`;
}
