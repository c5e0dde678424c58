/** What stands at the coach's plots, in the language that holds. The coach names its axes and lines in English. */
import type { CoachPlot } from '../../src-main/contract/coach.ts';
import { m } from '../paraglide/messages.js';
import { rate } from './coach-words.ts';

export type CoachLines = Extract<CoachPlot, { kind: 'lines' }>;
export type CoachPoints = Extract<CoachPlot, { kind: 'points' }>;

const NAMES: Readonly<Record<string, () => string>> = {
  'learning rate': m.axis_rate,
  'weight decay': m.axis_decay,
  epoch: m.epoch,
  loss: m.loss,
  accuracy: m.accuracy,
  layer: m.axis_layer,
  norm: m.axis_gradient,
  training: m.split_training,
  validation: m.split_validation,
  'first steps': m.series_first_steps,
  untrained: m.mark_untrained,
  configured: m.mark_configured,
};

/** An axis, a line or a mark; what has no words here keeps its own. */
export function plotName(name: string): string {
  const known = NAMES[name]?.();
  if (known !== undefined) return known;
  if (/^after \d+ epochs$/.test(name)) return m.series_after();
  if (/^log\(\d+\)$/.test(name)) return m.mark_guessing();
  const [, value] = /^rate ([\d.e-]+)$/.exec(name) ?? [];
  return value === undefined ? name : m.series_rate({ rate: rate(Number(value)) });
}

/** What a plot shows, for who cannot see it; its numbers stand in the sentence below. */
export function plotSpoken({ xLabel, yLabel }: CoachPlot): string {
  return m.plot_spoken({ x: plotName(xLabel), y: plotName(yLabel) });
}

/** As short as a cell's edge allows: 0.001, 3e-4, 1. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 10_000)) return value.toExponential(1).replace('.0e', 'e');
  return String(Number(value.toPrecision(2)));
}
