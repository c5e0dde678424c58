/** The coach's report as one HTML file that needs nothing else: no script, no address, its pictures inside. */
import type { CoachMistake, CoachReport, CoachStep } from '../contract/coach.ts';
import { STEP_TITLE } from './coach-words.ts';
import { escapeHtml, svgPlot } from './svg-plot.ts';

/** Colours of series are Okabe and Ito's, which colour-blind people tell apart. */
const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --tint: #0072b2;
  --pass: #1a7f37; --warn: #8a5a00; --fail: #b42318; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e6e8ea; --soft: #9aa4ae; --line: #343b43;
  --tint: #56b4e9; --pass: #4ac26b; --warn: #d9a441; --fail: #ff7b72; } }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
.verdict { font-weight: 700; text-transform: uppercase; font-size: .8rem; margin-right: .5rem; }
.pass { color: var(--pass); } .warn { color: var(--warn); } .fail { color: var(--fail); }
.proposal { border-left: 4px solid var(--tint); padding-left: 1rem; } .soft, .legend { color: var(--soft); font-size: .85rem; }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; flex: 1 1 20rem; max-width: 30rem; }
figcaption { font-size: .9rem; font-weight: 600; } svg { width: 100%; height: auto; }
.label { fill: var(--soft); font-size: 11px; } .grid { stroke: var(--line); } .axis { stroke: var(--soft); }
.mark { stroke: var(--soft); stroke-dasharray: 4 3; } .series { fill: none; stroke-width: 2; stroke: var(--c); }
.dot { fill: var(--c); } .cell { fill: var(--tint); } .cell + .label { fill: var(--ink); } .best { stroke: var(--ink); stroke-width: 2; }
.key { margin-right: .75rem; } .key::before { content: ''; display: inline-block; width: .9em; height: .2em;
  margin-right: .3em; vertical-align: middle; background: var(--c, var(--soft)); }
.s0 { --c: var(--tint); } .s1 { --c: #d55e00; } .s2 { --c: #009e73; } .s3 { --c: #cc79a7; } .s4 { --c: #e69f00; } .s5 { --c: #999; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1rem; padding: 0; list-style: none; }
.pictures img { width: 100%; height: 8rem; object-fit: contain; }
`;

/** @param thumbnails  data URIs by picture id. */
export function coachHtml(report: CoachReport, thumbnails: Readonly<Record<string, string>>, title: string): string {
  const { steps, proposal, backbone, classes, counts, seconds } = report;
  const facts = `${counts.training} training and ${counts.validation} validation pictures of ${classes.length} classes, on ${backbone}; ${seconds.toFixed(1)} s.`;
  const name = escapeHtml(`Coach: ${title}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${name}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${name}</h1>
<p class="soft">${escapeHtml(facts)}</p>
<p class="proposal">${escapeHtml(proposal.sentence)}</p>
${steps.map(stepHtml).join('\n')}
${mistakesHtml(report.mistakes, thumbnails)}
</body>
</html>
`;
}

function stepHtml({ step, verdict, evidence, advice, actions }: CoachStep, index: number): string {
  const list = (items: readonly string[]) =>
    items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
  return `<section>
<h2><span class="verdict ${verdict}">${verdict}</span>${index + 1} ${escapeHtml(STEP_TITLE[step])}</h2>
<p>${escapeHtml(evidence.summary)}</p>
${list(advice.map(({ message }) => message))}
${list(actions.map(({ label }) => label))}
<div class="plots">${evidence.plots.map(svgPlot).join('')}</div>
</section>`;
}

function mistakesHtml(mistakes: readonly CoachMistake[], thumbnails: Readonly<Record<string, string>>): string {
  const shown = mistakes.filter(({ id }) => thumbnails[id] !== undefined);
  if (shown.length === 0) return '';
  const items = shown.map(({ id, path, truth, predicted }) => {
    const words = `${truth}, taken for ${predicted}`;
    return `<li><img src="${escapeHtml(thumbnails[id] ?? '')}" alt="${escapeHtml(words)}"><div>${escapeHtml(words)}</div><div class="soft">${escapeHtml(path)}</div></li>`;
  });
  return `<section>
<h2>Most often wrong</h2>
<p>Validation pictures that the proposed settings get wrong, those that every run gets wrong first. Look whether their labels are right.</p>
<ul class="pictures">${items.join('')}</ul>
</section>`;
}
