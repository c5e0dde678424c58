/** How a terminal shows what the coach says. */
import type { CoachReport, CoachStep, CoachStepName, Verdict } from '../contract/coach.ts';
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

export function coachText({ steps, proposal, seconds }: CoachReport, style: TextStyle): string {
  const parts = steps.map((step, index) => stepText(step, index + 1, style));
  const end = `${paint('Proposal', '1', style)}  ${proposal.sentence}`;
  return [...parts, wrap(end, style.width), `${seconds.toFixed(1)} s.`].join('\n\n');
}

function stepText({ step, verdict, evidence, advice, actions }: CoachStep, number: number, style: TextStyle): string {
  const title = `${paint(MARK[verdict], COLOUR[verdict], style)}  ${paint(`${number} ${STEP_TITLE[step]}`, '1', style)}`;
  const indent = '  ';
  const lines = [
    wrap(evidence.summary, style.width, indent),
    ...advice.map(({ message }) => wrap(`→ ${message}`, style.width, indent, `${indent}  `)),
    ...actions.map(({ label, changes }) => wrap(`${label}  (${flagsOf(changes)})`, style.width, `${indent}  `)),
    ...evidence.plots.map((plot) => terminalPlot(plot, style.width - 4).replaceAll(/^/gm, '    ')),
  ];
  return [title, ...lines].join('\n');
}

/** The flags of `train` that apply a change: "--learning-rate 0.003 --augmentation cached". */
function flagsOf(changes: CoachStep['actions'][number]['changes']): string {
  return Object.entries(changes)
    .map(([name, value]) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${String(value)}`)
    .join(' ');
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
