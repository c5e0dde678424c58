import { isDeepStrictEqual } from 'node:util';
import type { Advice, CoachAction, CoachPlot, CoachStep, Finding, Verdict } from '../../contract/coach.ts';
import type { TrainConfig } from '../../contract/training.ts';
import type { Dials } from './dials.ts';
import type { Subject } from './subject.ts';

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

/** A run with another rate, as something that can be applied. */
export function setRate({ rateName, write }: Dials, config: TrainConfig, learningRate: number): CoachAction {
  const changes = changesBetween(config, write(config, { learningRate }));
  return { label: `Set the ${rateName} to ${figure(learningRate)}`, changes };
}

/** Two digits, and no more zeros than needed: 0.003, 1.5, 0. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(2)));
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** What a config has that another has not: only what differs. */
export function changesBetween(from: TrainConfig, to: TrainConfig): Partial<TrainConfig> {
  const isOther = ([name, value]: [string, unknown]) => !isDeepStrictEqual(from[name as keyof TrainConfig], value); // as: its own keys
  const changed = Object.entries(to).filter(isOther);
  return Object.fromEntries(changed);
}

/** Whether changes would change anything. */
export function isChange(config: TrainConfig, changes: Partial<TrainConfig>): boolean {
  return Object.keys(changesBetween(config, { ...config, ...changes })).length > 0;
}

/**
 * What a step found of both trainings of a run as one result. Its numbers are those of the one that the run leaves; the head's
 * stand beside them as `headLoss` and so on.
 *
 * @param parts.head      of the head that fine-tuning begins with; null where the step looked at one training only.
 * @param parts.isSearch  whether it looked at no more pictures than a search may.
 */
export function joined(
  { title, trainingRows, effort }: Pick<Subject, 'title' | 'trainingRows' | 'effort'>,
  own: StepResult,
  { head = null, isSearch = false }: { readonly head?: StepResult | null; readonly isSearch?: boolean } = {},
): StepResult {
  if (title === null) return own;
  const sample = isSearch
    ? ` (searched on ${Math.min(effort.rows, trainingRows.length)} of ${trainingRows.length} training pictures)`
    : '';
  const evidence = {
    summary: `${head ? `The head before: ${head.evidence.summary} ` : ''}${title}${sample}: ${own.evidence.summary}`,
    numbers: {
      ...own.evidence.numbers,
      ...Object.fromEntries(
        Object.entries(head?.evidence.numbers ?? {}).map(([name, value]) => [`head${capital(name)}`, value]),
      ),
    },
    plots: [...titled('Head', head?.evidence.plots ?? []), ...titled(title, own.evidence.plots)],
  };
  const verdicts = [own.verdict, ...(head ? [head.verdict] : [])];
  const worst = (['fail', 'warn'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'pass';
  return {
    verdict: worst,
    evidence,
    advice: [...(head?.advice ?? []), ...own.advice],
    actions: [...(head?.actions ?? []), ...own.actions],
  };
}

function titled(whose: string, plots: readonly CoachPlot[]): CoachPlot[] {
  return plots.map((plot) => ({ ...plot, title: `${whose}: ${plot.title}` }));
}

/** A number that JSON can carry; null for what is none. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
