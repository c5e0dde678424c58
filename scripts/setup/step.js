// @ts-check
/** The runner: looks at every step first, and works only where something is missing. */
import path from 'node:path';
import { readJson, writeJson } from './stamp.js';

/** @typedef {import('./options.js').StepName} StepName */

/**
 * @typedef {object} Context
 * @property {string} root       the checkout
 * @property {string} cache      shared by all checkouts of this user
 * @property {string} notes      this checkout's memory
 * @property {import('./talk.js').Talk} talk
 * @property {boolean} system    whether apt may be asked
 * @property {boolean} forTests
 * @property {boolean} verify
 * @property {readonly string[]} [backbones]  ids to bring beside those that every set-up brings
 * @property {boolean} retry     whether to try again what failed a short while ago
 */

/**
 * What a step came to. `ready`: it can be used; `note` says what is less than it could be. `missing`: it cannot, and why.
 * @typedef {{ state: 'ready', summary: string, note?: string } | { state: 'missing', note: string }} Outcome
 */

/**
 * What a look found. `todo`: worth trying; `inputs` changes whenever another attempt could end differently, and `now` is what
 * there is without one.
 * @typedef {{ state: 'todo', inputs: string, now: Outcome }} Todo
 * @typedef {Outcome | Todo} Finding
 */

/**
 * @typedef {object} Step
 * @property {StepName} name
 * @property {string} title
 * @property {boolean} [isForTests]
 * @property {boolean} [isNeeded]  nothing works without it: it is tried again every time
 * @property {(context: Context) => Promise<Finding>} look  cheap; changes nothing
 * @property {(context: Context) => Promise<Outcome>} bring
 */

/** @typedef {{ step: Step, outcome: Outcome, wasSkipped: boolean }} Row */

/** A failed attempt (no network, no compiler) is not made again at every `npm start`: after a day, or on `npm run setup`. */
const REMEMBER_MS = 24 * 3_600_000;

/**
 * Looks at every step without changing anything.
 *
 * @param {readonly Step[]} steps
 * @param {Context} context
 * @param {ReadonlySet<StepName>} skip
 * @returns {Promise<Row[] | null>} null if there is something to do
 */
export async function lookAtAll(steps, context, skip) {
  const rows = [];
  for (const step of steps) {
    const row = await lookAt(step, context, skip);
    if (row === null) return null;
    rows.push(row);
  }
  return rows;
}

/**
 * Does what is to be done, in order. A step that fails does not stop the rest.
 *
 * @param {readonly Step[]} steps
 * @param {Context} context
 * @param {ReadonlySet<StepName>} skip
 * @returns {Promise<Row[]>}
 */
export async function runSteps(steps, context, skip) {
  const rows = [];
  for (const step of steps) {
    rows.push((await lookAt(step, context, skip)) ?? (await bring(step, context)));
  }
  return rows;
}

/**
 * @param {Step} step
 * @param {Context} context
 * @param {ReadonlySet<StepName>} skip
 * @returns {Promise<Row | null>} null if it is to be done
 */
async function lookAt(step, context, skip) {
  const finding = await step.look(context);
  const wasSkipped = skip.has(step.name);
  if (finding.state !== 'todo') return { step, outcome: finding, wasSkipped };
  if (wasSkipped) return { step, outcome: finding.now, wasSkipped };
  const remembered = await recall(step, context, finding.inputs);
  return remembered && { step, outcome: remembered, wasSkipped };
}

/**
 * @param {Step} step
 * @param {Context} context
 * @returns {Promise<Row>}
 */
async function bring(step, context) {
  /** @type {Outcome | null} */
  let outcome = null;
  let failure = '';
  const startedAt = Date.now();
  try {
    outcome = await step.bring(context);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (outcome.state === 'ready') context.talk.say(`  ${step.title}: ready after ${seconds} s`);
  } catch (error) {
    failure = reasonOf(error);
    context.talk.say(`  ${step.title}: ${failure}`);
  }
  const after = await step.look(context);
  outcome ??= { ...(after.state === 'todo' ? after.now : after), note: failure };
  const isLost = step.isNeeded && outcome.state === 'missing';
  if (after.state === 'todo' && !isLost) await remember(step, context, after.inputs, outcome);
  return { step, outcome, wasSkipped: false };
}

/** @param {unknown} error */
export function reasonOf(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'ENOSPC') return 'the disk is full: free some space and run "npm run setup" again';
  return message;
}

/** @typedef {Record<string, { inputs: string, at: number, outcome: Outcome }>} Memory */

/** @param {Context} context */
const memoryFile = (context) => path.join(context.notes, 'attempts.json');

/**
 * @param {Step} step
 * @param {Context} context
 * @param {string} inputs
 * @returns {Promise<Outcome | null>}
 */
async function recall(step, context, inputs) {
  if (context.retry) return null;
  const memory = /** @type {Memory | null} */ (await readJson(memoryFile(context)));
  const attempt = memory?.[step.name];
  const holds = attempt?.inputs === inputs && Date.now() - attempt.at < REMEMBER_MS;
  return holds ? attempt.outcome : null;
}

/**
 * @param {Step} step
 * @param {Context} context
 * @param {string} inputs
 * @param {Outcome} outcome
 */
async function remember(step, context, inputs, outcome) {
  const memory = /** @type {Memory} */ ((await readJson(memoryFile(context))) ?? {});
  await writeJson(memoryFile(context), { ...memory, [step.name]: { inputs, at: Date.now(), outcome } });
}
