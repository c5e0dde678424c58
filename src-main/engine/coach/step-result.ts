import type { Advice, CoachAction, CoachStep, Finding, Verdict } from '../../contract/coach.ts';
import type { TrainConfig } from '../../contract/training.ts';

/** What one step found. */
export type StepResult = Omit<CoachStep, 'step' | 'seconds'>;

/** Something that is wrong, how badly, and what can be done about it. */
export interface Found {
  readonly verdict: Exclude<Verdict, 'pass'>;
  readonly code: Finding;
  readonly message: string;
  readonly details?: Advice['details'];
  readonly actions?: readonly CoachAction[];
}

/** The verdict is that of the worst that was found; with nothing found the step has passed. */
export function stepResult(evidence: StepResult['evidence'], found: readonly Found[]): StepResult {
  const verdicts = found.map(({ verdict }) => verdict);
  return {
    verdict: verdicts.includes('fail') ? 'fail' : (verdicts[0] ?? 'pass'),
    evidence,
    advice: found.map(({ code, message, details = {} }) => ({ code, message, details })),
    actions: found.flatMap(({ actions = [] }) => actions),
  };
}

export function setRate(learningRate: number): CoachAction {
  return { label: `Set the learning rate to ${figure(learningRate)}`, changes: { learningRate } };
}

/** Two digits, and no more zeros than needed: 0.003, 1.5, 0. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(2)));
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** What a config has that another has not: only what differs. */
export function changesBetween(from: TrainConfig, to: TrainConfig): Partial<TrainConfig> {
  const changed = Object.entries(to).filter(([name, value]) => from[name as keyof TrainConfig] !== value); // as: its own keys
  return Object.fromEntries(changed);
}

/** A number that JSON can carry; null for what is none. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
