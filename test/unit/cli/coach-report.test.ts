import { describe, expect, test } from 'vitest';
import { coachHtml } from '../../../src-main/cli/coach-html.ts';
import { coachLines, coachText, coachWarning, styleOf } from '../../../src-main/cli/coach-words.ts';
import { terminalPlot } from '../../../src-main/cli/terminal-plot.ts';
import { coachReport, type CoachPlot, type CoachReport } from '../../../src-main/contract/coach.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../../src-main/contract/training.ts';

const evil = `<script>alert("1")</script>'&`;

const lines: CoachPlot = {
  kind: 'lines',
  title: 'Loss',
  xLabel: 'epoch',
  yLabel: 'loss',
  isLogX: false,
  series: [{ name: 'training', x: [1, 2, 3, 4], y: [1, 0.5, null, 0] }],
  marks: [{ name: 'log(2)', axis: 'y', value: 0.693 }],
};
const heat: CoachPlot = {
  kind: 'heat',
  title: 'Accuracy',
  xLabel: 'learning rate',
  yLabel: 'weight decay',
  x: [0.001, 0.01],
  y: [0, 0.1],
  values: [
    [0.9, 0.95],
    [null, 0.5],
  ],
  best: { x: 0.01, y: 0 },
};
const points: CoachPlot = {
  kind: 'points',
  title: 'Random',
  xLabel: 'rate',
  yLabel: 'decay',
  isLogX: true,
  isLogY: true,
  points: [
    { x: 0.001, y: 0.1, value: 0.8, note: 'xavier, dropout 0.2' },
    { x: 0.01, y: 0.2, value: 0.9 },
  ],
  best: { x: 0.01, y: 0.2 },
};

const { head } = DEFAULT_TRAIN_CONFIG;
const CHANGES = {
  augmentation: 'cached',
  learningRate: 0.003,
  head: { ...head, initialisation: 'xavier', dropout: 0.2 },
  headFirst: false,
} as const;

const report: CoachReport = coachReport.parse({
  steps: [
    {
      step: 'overfit-a-little',
      verdict: 'fail',
      evidence: { summary: 'Few.', numbers: {}, plots: [lines, heat, points] },
      advice: [{ code: 'labels/same-class', message: `"${evil}" and "b" seem to be one class.`, details: {} }],
      actions: [{ label: 'Vary the pictures', changes: CHANGES }],
      seconds: 1,
    },
  ],
  proposal: { changes: {}, sentence: 'Kept.', seconds: 1 },
  config: DEFAULT_TRAIN_CONFIG,
  backbone: 'mobilenet',
  classes: [evil, 'b'],
  counts: { training: 8, validation: 2 },
  mistakes: [{ id: 'x1', path: `a/${evil}.jpg`, truth: evil, predicted: 'b', wrongShare: 1 }],
  seconds: 2,
});

describe('in a terminal', () => {
  test('curves, grids and points are plain characters', () => {
    expect(terminalPlot(lines, 30)).toBe(
      [
        'Loss',
        '       1 ┤●                   ',
        '         ┤                    ',
        '         ┤┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈',
        '         ┤                    ',
        '         ┤      ●             ',
        '         ┤                    ',
        '         ┤                    ',
        '       0 ┤                   ●',
        '         └────────────────────',
        '          1            epoch 4',
        '          ● training  ┈ log(2) 0.693',
      ].join('\n'),
    );
    expect(terminalPlot(heat, 60)).toBe(
      [
        'Accuracy, %',
        'weight decay     0.001     0.01  learning rate',
        '0                90.0    [95.0]',
        '0.1                 ·     50.0 ',
      ].join('\n'),
    );
    expect(terminalPlot(points, 60)).toBe(
      ['Random, %', '→  90.0  rate 0.01, decay 0.2', '   80.0  rate 0.001, decay 0.1, xavier, dropout 0.2'].join('\n'),
    );
  });

  test('a step has its verdict, what to do, and the flags that do it; lines stay within the width', () => {
    const text = coachText(report, { isColoured: false, width: 60 });
    expect(text).toContain('✗ fail  1 Overfit a little\n  Few.\n  → "');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      '--augmentation cached --learning-rate 0.003 --initialisation xavier --dropout 0.2 --no-head-first)',
    );
    expect(text.split('\n').filter((line) => line.length > 60)).toEqual([]);
    expect(text).not.toContain('\u001b');
    expect(coachText(report, { isColoured: true, width: 60 })).toContain('\u001b[31m✗ fail\u001b[0m');
  });

  test('a run tells the verdicts of the coach that examined it first, and at its end what was wrong', () => {
    const { steps, proposal } = report;
    expect(coachLines(steps, proposal)).toEqual([
      '  ✗ fail  Overfit a little',
      `      → "${evil}" and "b" seem to be one class.`,
      '  Proposal  Kept.',
      '  The run goes on with its settings as they are; --no-coach skips this.',
    ]);
    expect(coachWarning({ steps, proposal })).toEqual([
      'The coach had found 1 of 1 steps wrong before: Overfit a little. report.json says what.',
    ]);
    const passed = steps.map((step) => ({ ...step, verdict: 'pass' as const }));
    expect([coachWarning(undefined), coachWarning({ steps: passed, proposal })]).toEqual([[], []]);
  });

  test('colours are for terminals that nobody has asked to leave them', () => {
    const terminal = { isTTY: true, columns: 200 } as NodeJS.WriteStream;
    const pipe = { isTTY: false } as NodeJS.WriteStream;
    expect([styleOf(terminal, {}), styleOf(terminal, { NO_COLOR: '1' }), styleOf(pipe, {})]).toEqual([
      { isColoured: true, width: 100 },
      { isColoured: false, width: 100 },
      { isColoured: false, width: 80 },
    ]);
  });
});

describe('as a page', () => {
  const html = coachHtml(report, { x1: 'data:image/webp;base64,AAAA' }, evil);

  test('it holds names as text, whatever they are', () => {
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;');
  });

  test('it needs nothing else and allows nothing else', () => {
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, target]) => target)).toEqual([
      'data:image/webp;base64,AAAA',
    ]);
  });

  test('it draws every plot without a number that is none', () => {
    expect(html.match(/<svg /g)).toHaveLength(3);
    expect(html).toContain('<title>xavier, dropout 0.2</title>');
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
    const [, path] = /<polyline class="series s0" points="([^"]*)"/.exec(html) ?? [];
    expect(path?.split(' ')).toHaveLength(3); // the value that is none is left out
  });
});
