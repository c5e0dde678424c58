// @ts-check
/** How quick the page is, in a browser that has never been here. `npm run bench:page -- --help` says how. */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { buildApp, call, createProject, startApp, startBrowser } from './page/app.js';
import { measureBundle } from './page/bundle.js';
import { measureInput } from './page/latency.js';
import { measureFirstPaint, measureProject } from './page/opening.js';
import { drawPictures } from './page/pictures.js';
import { countTiles, measureMemory } from './page/scrolling.js';
import { toMarkdown } from './page/table.js';
import { cleanUpAtTheEnd, temporaryFolder } from './processes.js';
import { median } from './statistics.js';

/** @typedef {import('./page/table.js').Row} Row */

const GROUPS = ['paint', 'project', 'tiles', 'input', 'bundle', 'memory'];

const USAGE = `usage: npm run bench:page -- [options]

  --rounds N     of everything that is opened (default 5)
  --minutes N    of scrolling through 20,000 thumbnails (default 10)
  --only A,B     of ${GROUPS.join(', ')}

Pictures and projects are made for it, and go where $TMPDIR says (150 MB).
`;

const started = performance.now();
const say = (/** @type {string} */ line) => {
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  process.stderr.write(`${minutes.padStart(5)} min  ${line}\n`);
};

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    rounds: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '10' },
    only: { type: 'string', default: GROUPS.join(',') },
  },
});

if (values.help === true) {
  process.stdout.write(USAGE);
} else {
  cleanUpAtTheEnd();
  process.stdout.write(
    toMarkdown(await measure(values.only.split(','), Number(values.rounds), Number(values.minutes))),
  );
}

/**
 * @param {readonly string[]} only
 * @param {number} rounds
 * @param {number} minutes
 * @returns {Promise<Row[]>}
 */
async function measure(only, rounds, minutes) {
  await buildApp();
  const home = temporaryFolder('home');
  const browser = await startBrowser();
  /** @type {Row[]} */
  const rows = [];
  const add = (/** @type {Omit<Row, 'load'>[]} */ ...more) => {
    for (const row of more) {
      rows.push({ ...row, load: loadavg()[0] ?? NaN });
      say(`${row.figure}: ${row.value}${row.note ? ` (${row.note})` : ''}`);
    }
  };
  const wants = (/** @type {string} */ group) => only.includes(group);
  try {
    if (wants('paint')) add(...(await paintRows(browser, home, rounds)));
    if (wants('project')) {
      const projectId = await project(browser, home, 5_000);
      add(...(await projectRows(browser, { home, projectId, rounds })));
    }
    if (wants('tiles') || wants('memory')) add(...(await scrollRows(browser, home, { only, minutes })));
    if (wants('input')) add(...(await inputRows(browser, home)));
    if (wants('bundle')) add(...bundleRows());
  } finally {
    await browser.close();
  }
  return rows;
}

/** @param {import('playwright').Browser} browser @param {string} home @param {number} count */
async function project(browser, home, count) {
  const folder = temporaryFolder('pictures');
  await drawPictures(folder, { classCount: 10, count });
  const app = await startApp(home);
  const id = await createProject(browser, app, folder);
  await app.close();
  say(`${count} pictures`);
  return id;
}

/** @param {import('playwright').Browser} browser @param {string} home @param {number} rounds */
async function paintRows(browser, home, rounds) {
  const { firstPaint, fromStart, work } = await measureFirstPaint(browser, home, rounds);
  return [
    {
      figure: 'first paint, warm server',
      value: ms(firstPaint),
      goal: '≤ 1 s',
      met: firstPaint <= 1000,
      note: `main thread ${ms(work)}`,
    },
    { figure: 'first paint from the start of the server', value: ms(fromStart) },
  ];
}

/** @param {import('playwright').Browser} browser @param {{ home: string, projectId: string, rounds: number }} order */
async function projectRows(browser, order) {
  await measureProject(browser, { ...order, rounds: 1, isNew: false }); // its thumbnails are made
  const again = await measureProject(browser, { ...order, isNew: false });
  const first = await measureProject(browser, { ...order, isNew: true });
  const row = (/** @type {string} */ what, /** @type {number} */ value, /** @type {number} */ work) => {
    return {
      figure: `5,000 pictures after a server start: ${what}`,
      value: ms(value),
      goal: '≤ 1.5 s',
      met: value <= 1500,
      note: `main thread ${ms(work)}`,
    };
  };
  return [
    row('first tile', again.first, again.work),
    row('all tiles in view', again.all, again.work),
    row('first tile, no thumbnail made before', first.first, first.work),
    row('all tiles in view, no thumbnail made before', first.all, first.work),
  ];
}

/** @param {import('playwright').Browser} browser @param {string} home @param {{ only: readonly string[], minutes: number }} order */
async function scrollRows(browser, home, { only, minutes }) {
  const large = await project(browser, home, 20_000);
  const small = only.includes('tiles') ? await project(browser, home, 5_000) : '';
  const app = await startApp(home);
  const rows = [];
  if (only.includes('tiles')) {
    for (const [count, projectId] of Object.entries({ '5,000': small, '20,000': large })) {
      const most = await countTiles(browser, app, projectId);
      rows.push({
        figure: `tiles in the page, of ${count}, window of 2560 × 1440`,
        value: String(most),
        goal: '≤ 300',
        met: most <= 300,
      });
    }
  }
  if (only.includes('memory')) {
    const { seen, kept, passes } = await measureMemory(browser, app, { projectId: large, minutes, say });
    const during = `${minutes} minutes, ${passes} times down and up`;
    const row = (
      /** @type {string} */ what,
      /** @type {number} */ before,
      /** @type {number} */ after,
      /** @type {string} */ shown,
    ) => {
      return {
        figure: `20,000 thumbnails: ${what}`,
        value: shown,
        goal: '≤ 1.1 ×',
        met: after <= 1.1 * before,
        note: during,
      };
    };
    const mb = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
    rows.push(
      row('heap', seen.heapBytes, kept.heapBytes, `${mb(seen.heapBytes)} → ${mb(kept.heapBytes)}`),
      row('nodes', seen.nodes, kept.nodes, `${seen.nodes} → ${kept.nodes}`),
      row('listeners', seen.listeners, kept.listeners, `${seen.listeners} → ${kept.listeners}`),
    );
  }
  await app.close();
  return rows;
}

/** @param {import('playwright').Browser} browser @param {string} home */
async function inputRows(browser, home) {
  const app = await startApp(home);
  const { id } = await call(browser, app, 'projects/createSample');
  const { latencies, longTasks, work, epochs } = await measureInput(browser, app, { projectId: id, rounds: 6, say });
  await app.close();
  const sorted = latencies.toSorted((a, b) => a - b);
  const most = Math.max(...latencies);
  const p95 = sorted[Math.floor(0.95 * sorted.length)] ?? NaN;
  const note = `${latencies.length} keys and clicks, ${epochs} epochs`;
  const row = (/** @type {string} */ what, /** @type {number} */ value) => {
    return { figure: `input while training: ${what}`, value: ms(value), goal: '< 100 ms', met: value < 100, note };
  };
  return [
    row('median', median(latencies)),
    row('95th percentile', p95),
    row('slowest', most),
    { ...row('longest task', Math.max(0, ...longTasks)), note: `${longTasks.length} tasks of 50 ms or more` },
    {
      figure: 'processor time of the main thread for a key or click, at most',
      value: ms(Math.max(...work)),
      note: `median ${ms(median(work))}`,
    },
  ];
}

function bundleRows() {
  const { firstLoad, all } = measureBundle();
  const kb = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(0)} kB`;
  return [
    { figure: 'first load, gzipped', value: kb(firstLoad) },
    { figure: 'all scripts and styles, gzipped', value: kb(all), goal: '≤ 400 kB', met: all <= 400_000 },
  ];
}

/** @param {number} value */
function ms(value) {
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(0)} ms`;
}
