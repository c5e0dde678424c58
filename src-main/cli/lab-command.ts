import { resolve } from 'node:path';
import type { Experiment } from '../contract/lab/experiments.ts';
import { toOrder, type LabFlags } from './lab-flags.ts';
import { tableOf } from './lab-tables.ts';
import { printJson, printText } from './output.ts';
import { runJobInTerminal } from './run-job.ts';

/** The command of one experiment. */
export function labCommandOf(experiment: Experiment): (folder: string, flags: LabFlags) => Promise<void> {
  return async (folder, flags) => {
    const order = toOrder(experiment, flags);
    const result = await runJobInTerminal({ kind: 'lab', folder: resolve(folder), manifestFile: null, order });
    if (flags.json) await printJson(result);
    else await printText(tableOf(experiment, result));
  };
}
