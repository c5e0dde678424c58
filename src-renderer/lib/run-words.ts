/** What a run is called. */
import type { RunSummary } from '../../src-main/contract/procedures.ts';
import { m } from '../paraglide/messages.js';

/** The user's own name for it, else its number. */
export function runTitle({ name, number }: Pick<RunSummary, 'name' | 'number'>): string {
  return name ?? m.run_number({ number });
}
