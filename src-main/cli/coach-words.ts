/** How a terminal shows what the coach says. */
import type { CoachProposal, CoachReport, CoachStep, CoachStepName, CoachSummary, Verdict } from '../contract/coach.ts';
import { isDeepStrictEqual } from 'node:util';
import type { TrainConfig } from '../contract/training.ts';
import { RENAMED_LAYER_FLAGS } from './layer-flags.ts';
import { terminalPlot } from './terminal-plot.ts';

export const STEP_TITLE: Readonly<Record<CoachStepName, string>> = {
  'initial-loss': 'Initial loss',
  'overfit-a-little': 'Overfit a little',
  'learning-rate': 'Learning rate',
  'coarse-grid': 'Coarse grid',
  'refined-grid': 'Refined grid',
  curves: 'Curves',
};

export interface TextStyle {
  readonly isColoured: boolean;
  /** Columns. */
  readonly width: number;
}

/** Colours where somebody looks and has not asked for none. @see no-color.org */
export function styleOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): TextStyle {
  const isRefused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return { isColoured: stream.isTTY && !isRefused, width: Math.min(100, stream.columns || 80) };
}

/** Select graphic rendition, ECMA-48: green, yellow, red; bold. */
const COLOUR: Readonly<Record<Verdict, string>> = { pass: '32', warn: '33', fail: '31' };
const MARK: Readonly<Record<Verdict, string>> = { pass: '✓ pass', warn: '! warn', fail: '✗ fail' };

export function coachText({ steps, proposal, config, seconds }: CoachReport, style: TextStyle): string {
  const parts = steps.map((step, index) => stepText(step, { number: index + 1, config }, style));
  const end = `${paint('Proposal', '1', style)}  ${proposal.sentence}`;
  return [...parts, wrap(end, style.width), `${seconds.toFixed(1)} s.`].join('\n\n');
}

/** What a run's progress says of the coach that examined it first: verdicts with what is wrong, and the proposal. */
export function coachLines(steps: CoachSummary['steps'], { sentence }: CoachProposal): string[] {
  const lines = steps.flatMap(({ step, verdict, advice }) => [
    `  ${MARK[verdict]}  ${STEP_TITLE[step]}`,
    ...advice.map(({ message }) => `      → ${message}`),
  ]);
  return [
    ...lines,
    `  Proposal  ${sentence}`,
    '  The run goes on with its settings as they are; --no-coach skips this.',
  ];
}

/** "The coach had found 1 of 6 steps wrong before: Learning rate." Empty where it had not, or was not asked. */
export function coachWarning(coach: CoachSummary | undefined): string[] {
  const failed = (coach?.steps ?? []).filter(({ verdict }) => verdict === 'fail');
  if (coach === undefined || failed.length === 0) return [];
  const names = failed.map(({ step }) => STEP_TITLE[step]).join(', ');
  return [
    `The coach had found ${failed.length} of ${coach.steps.length} steps wrong before: ${names}. report.json says what.`,
  ];
}

interface StepContext {
  /** From 1. */
  readonly number: number;
  /** What was examined. */
  readonly config: TrainConfig;
}

function stepText(
  { step, verdict, evidence, advice, actions }: CoachStep,
  { number, config }: StepContext,
  style: TextStyle,
): string {
  const title = `${paint(MARK[verdict], COLOUR[verdict], style)}  ${paint(`${number} ${STEP_TITLE[step]}`, '1', style)}`;
  const indent = '  ';
  const lines = [
    wrap(evidence.summary, style.width, indent),
    ...advice.map(({ message }) => wrap(`→ ${message}`, style.width, indent, `${indent}  `)),
    ...actions.map(({ label, changes }) => wrap(`${label}  (${flagsOf(changes, config)})`, style.width, `${indent}  `)),
    ...evidence.plots.map((plot) => terminalPlot(plot, style.width - 4).replaceAll(/^/gm, '    ')),
  ];
  return [title, ...lines].join('\n');
}

/** The flags of `train` that apply a change: "--learning-rate 0.003 --dropout 0.5". Of layers, those that differ. */
function flagsOf(changes: Partial<TrainConfig>, config: TrainConfig): string {
  const flags = Object.entries(changes).flatMap(([name, value]) => {
    if (typeof value !== 'object') return [flagOf(name, value)];
    const before = config[name as keyof TrainConfig] as object; // as: a change of a group of settings
    return Object.entries(value)
      .filter(([member, now]) => !isDeepStrictEqual(now, before[member as keyof typeof before])) // as: of the same group
      .map(([member, now]) => flagOf(RENAMED_LAYER_FLAGS[`${name}.${member}`] ?? member, now));
  });
  return [...new Set(flags)].join(' '); // the head's layers and those from scratch share some
}

function flagOf(name: string, value: unknown): string {
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return typeof value === 'boolean' ? `--${value ? '' : 'no-'}${flag}` : `--${flag} ${String(value)}`;
}

function paint(text: string, code: string, { isColoured }: TextStyle): string {
  return isColoured ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** Breaks at spaces. Lines begin with `first`, further ones with `rest`. Codes of colour count as nothing. */
function wrap(text: string, width: number, first = '', rest = first): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    const longer = isEmpty ? `${line}${word}` : `${line} ${word}`;
    // eslint-disable-next-line no-control-regex -- the escape is what is looked for
    const length = longer.replaceAll(/\u001b\[\d+m/g, '').length;
    if (isEmpty || length <= width) line = longer;
    else {
      lines.push(line);
      line = `${rest}${word}`;
    }
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
