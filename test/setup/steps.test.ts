import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { whyNotInstalled } from '../../scripts/setup/packages.js';
import { lookAtAll, runSteps } from '../../scripts/setup/step.js';
import type { Context, Finding, Outcome, Step } from '../../scripts/setup/step.js';
import { backendLine, closingTable, whyUnusable } from '../../scripts/setup/summary.js';
import { createTalk } from '../../scripts/setup/talk.js';

let root: string;
let said: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fovea-steps-'));
  said = [];
});
afterEach(() => rm(root, { recursive: true }));

function makeContext(changes: Partial<Context> = {}): Context {
  const talk = createTalk({ write: (text: string) => said.push(text) > 0 });
  const folders = { root, cache: join(root, 'cache'), notes: join(root, 'notes') };
  return { ...folders, talk, system: false, forTests: false, verify: false, retry: false, ...changes };
}

const missing: Outcome = { state: 'missing', note: 'not installed' };
const todo: Finding = { state: 'todo', inputs: 'a', now: missing };

/** A step that counts its attempts; `bring` throws while `failure` is a text. */
function makeStep(changes: Partial<Step> = {}, failure: string | null = null) {
  const counted = { attempts: 0, failure, isThere: false };
  const step: Step = {
    name: 'native',
    title: 'Native backend',
    look: () => Promise.resolve(counted.isThere ? { state: 'ready', summary: 'TensorFlow' } : todo),
    bring: () => {
      counted.attempts += 1;
      if (counted.failure !== null) return Promise.reject(new Error(counted.failure));
      counted.isThere = true;
      return Promise.resolve({ state: 'ready', summary: 'TensorFlow' });
    },
    ...changes,
  };
  return { step, counted };
}

test('a step that is in place is not done again', async () => {
  const { step, counted } = makeStep();
  await runSteps([step], makeContext(), new Set());
  expect(await lookAtAll([step], makeContext(), new Set())).toMatchObject([{ outcome: { state: 'ready' } }]);
  expect(counted.attempts).toBe(1);
});

test('a step that fails does not stop the rest, and its reason is kept', async () => {
  const failing = makeStep({}, 'no compiler');
  const other = makeStep({ name: 'electron', title: 'Desktop window' });
  const rows = await runSteps([failing.step, other.step], makeContext(), new Set());
  expect(rows.map(({ outcome }) => outcome)).toEqual([
    { state: 'missing', note: 'no compiler' },
    { state: 'ready', summary: 'TensorFlow' },
  ]);
});

test('a failure is not tried again at each start, but on request and when its inputs change', async () => {
  const { step, counted } = makeStep({}, 'no compiler');
  await runSteps([step], makeContext(), new Set());
  const remembered = await lookAtAll([step], makeContext(), new Set());
  expect(remembered?.[0]?.outcome).toEqual({ state: 'missing', note: 'no compiler' });
  expect(await lookAtAll([step], makeContext({ retry: true }), new Set())).toBeNull();
  step.look = () => Promise.resolve({ state: 'todo', inputs: 'a compiler appeared', now: missing });
  expect(await lookAtAll([step], makeContext(), new Set())).toBeNull();
  expect(counted.attempts).toBe(1);
});

test('what nothing works without is tried again at each start', async () => {
  const { step } = makeStep({ isNeeded: true }, 'no network');
  await runSteps([step], makeContext(), new Set());
  expect(await lookAtAll([step], makeContext(), new Set())).toBeNull();
});

test('a skipped step is not done, but what is there counts', async () => {
  const { step, counted } = makeStep();
  const rows = await lookAtAll([step], makeContext(), new Set(['native']));
  expect(rows).toMatchObject([{ outcome: missing, wasSkipped: true }]);
  counted.isThere = true;
  const later = await lookAtAll([step], makeContext(), new Set(['native']));
  expect(later).toMatchObject([{ outcome: { state: 'ready' } }]);
  expect(counted.attempts).toBe(0);
});

test('a full disk is told in words', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const { step } = makeStep({ bring: () => Promise.reject(full) });
  const [row] = await runSteps([step], makeContext(), new Set());
  expect(row?.outcome.note).toBe('the disk is full: free some space and run "npm run setup" again');
});

const rowOf = (name: Step['name'], title: string, outcome: Outcome, wasSkipped = false) => ({
  step: makeStep({ name, title }).step,
  outcome,
  wasSkipped,
});

test('the closing table says what is ready, missing and skipped, and why', () => {
  const rows = [
    rowOf('backbones', 'Backbones', { state: 'ready', summary: 'Lite0', note: 'V1: no network' }),
    rowOf('native', 'Native backend', { state: 'missing', note: 'no compiler' }),
    rowOf('build', 'App', { state: 'missing', note: 'not built' }, true),
  ];
  expect(closingTable(rows).split('\n')).toEqual([
    '  Backbones       ready    Lite0; V1: no network',
    '  Native backend  missing  no compiler',
    '  App             skipped  not built',
  ]);
  expect(backendLine(rows)).toBe('Backend: everywhere (WebAssembly). Not native: no compiler.');
});

test('Fovea can run with one backbone and the WebAssembly backend', async () => {
  const rows = [
    rowOf('backbones', 'Backbones', { state: 'ready', summary: 'Lite0' }),
    rowOf('native', 'Native backend', { state: 'missing', note: 'no compiler' }),
  ];
  expect(whyUnusable(rows, root)).toMatch(/^No backend can train here: no compiler/);
  const wasm = join(root, 'node_modules', '@tensorflow', 'tfjs-backend-wasm');
  await mkdir(wasm, { recursive: true });
  await writeFile(join(wasm, 'package.json'), '{}');
  expect(whyUnusable(rows, root)).toBeNull();
  rows[0] = rowOf('backbones', 'Backbones', { state: 'missing', note: 'no network' });
  expect(whyUnusable(rows, root)).toMatch(/^No pretrained backbone could be installed: no network.*FOVEA_BACKBONES/);
});

test('node_modules is compared with package-lock package by package', () => {
  const a = { version: '1.0.0', integrity: 'sha512-a' };
  const optional = { version: '2.0.0', integrity: 'sha512-b', optional: true };
  const wanted = { packages: { '': {}, 'node_modules/a': a, 'node_modules/b': optional } };
  const everywhere = () => true;
  expect(whyNotInstalled(wanted, { packages: { 'node_modules/a': a } }, everywhere)).toBeNull();
  expect(whyNotInstalled(wanted, null, everywhere)).toBe('no packages are installed');
  expect(whyNotInstalled(wanted, { packages: {} }, everywhere)).toBe('node_modules/a is not of this package-lock');
  expect(whyNotInstalled(wanted, { packages: { 'node_modules/a': { ...a, integrity: 'sha512-x' } } }, everywhere)).toBe(
    'node_modules/a is not of this package-lock',
  );
  expect(whyNotInstalled(wanted, { packages: { 'node_modules/a': a } }, () => false)).toBe('node_modules/a is missing');
  expect(whyNotInstalled(wanted, { packages: { 'node_modules/a': a, 'node_modules/z': a } }, everywhere)).toBe(
    'node_modules/z is not in this package-lock',
  );
});

test('progress is plain lines in a pipe and a bar on a terminal', () => {
  let now = 0;
  const piped: string[] = [];
  const lines = createTalk({ write: (text: string) => piped.push(text) > 0 }, () => now).begin('Downloading');
  lines.update(1e6, 10e6);
  now = 20_000;
  lines.update(5e6, 10e6);
  lines.end();
  expect(piped).toEqual(['  Downloading …\n', '  Downloading: 5.0 of 10 MB\n']);
  const drawn: string[] = [];
  const bar = createTalk({ isTTY: true, columns: 40, write: (text: string) => drawn.push(text) > 0 }).begin(
    'Downloading',
  );
  bar.end();
  expect([drawn[0]?.startsWith('\r'), drawn.some((text) => text.includes('\n'))]).toEqual([true, false]);
});
