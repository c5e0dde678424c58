import { resolve } from 'node:path';
import type { Proposal } from '../contract/choosing.ts';
import { EngineError } from '../contract/errors.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';
import { configOf, type SplitFlags } from './split-flags.ts';

/** Says which backbone, mode and augmentation a folder of pictures asks for. */
export async function chooseCommand(folder: string, flags: SplitFlags & { readonly time?: number }): Promise<void> {
  const { time: secondsAvailable = null } = flags;
  if (secondsAvailable !== null && secondsAvailable <= 0) throw noTime(secondsAvailable);
  const config = configOf(flags);
  const job = { kind: 'choose', folder: resolve(folder), manifestFile: null, config, secondsAvailable } as const;
  const proposal = await runJobInTerminal(job);
  if (flags.json) await printJson(proposal);
  else await printText(proposalText(proposal, folder));
}

function proposalText(proposal: Proposal, folder: string): string {
  const { mode, augmentation, backbone, reason, seconds, alternatives, evidence } = proposal;
  const flags = [`--backbone ${backbone}`, `--mode ${mode}`, `--augmentation ${augmentation}`];
  return [
    '',
    `Backbone ${backbone}: ${evidence.race.reason}`,
    `Mode ${mode}${took(seconds)}: ${reason}`,
    ...alternatives.map((other) => `  or ${other.mode}${took(other.seconds)}: ${other.reason}`),
    '',
    `fovea train ${folder} ${flags.join(' ')}`,
  ].join('\n');
}

function took(seconds: number | null): string {
  return seconds === null ? '' : `, about ${Math.max(1, seconds)} s`;
}

function noTime(value: number): EngineError {
  const allowed = 'a number above 0';
  return new EngineError('setting/out-of-range', `--time ${value} cannot be used: it takes ${allowed}.`, {
    setting: 'secondsAvailable',
    value,
    allowed,
  });
}
