/**
 * Which engine runs a frozen network fastest on this machine.
 *
 * Context: a card may be faster than the processor or not, by network, driver and size of batch; and a provider that
 * loads can answer wrongly, throw, hang or crash.
 * Choice: where there is more than one engine, each runs the real network on a few batches; the fastest of those that agree
 * with the first, which is the processor, is taken, and remembered per machine, network and versions.
 * Cost: the first run with a network takes some seconds longer where there is a card. A machine without one never races.
 */
import { deviceReasons } from '../../contract/device-reasons.ts';
import { readMemory, writeMemory } from './memory-file.ts';

/** What an engine gave on the pictures of the race. */
export interface Trial {
  readonly millisecondsPerPicture: number;
  readonly outputs: Float32Array;
}

export interface Racer {
  /** For people, and what is remembered: "ONNX Runtime 1.30.0 (CUDA)". */
  readonly title: string;
  /** @throws whatever says why it cannot run. */
  readonly attempt: () => Promise<Trial>;
}

export interface RaceResult {
  readonly winner: string;
  /** On each engine that lost, the first apart: why, as a sentence without its full stop. */
  readonly losers: readonly string[];
}

/**
 * Largest difference from the processor's answer that is accepted, as a share of the largest value. Cards multiply with
 * 10 bits of fraction (TF32, half floats): each product is off by up to 5e-4, a network of 30 layers by a few times that.
 * A wrong layout or a missing bias is off by tens of per cent.
 */
const TOLERANCE = 5e-3;

/** Engines other than the first that differ from it, or fail, are out. */
export async function race([first, ...others]: readonly [Racer, ...Racer[]]): Promise<RaceResult> {
  const reference = await first.attempt();
  const finished = [{ title: first.title, speed: reference.millisecondsPerPicture }];
  const losers: string[] = [];
  for (const { title, attempt } of others) {
    try {
      const { millisecondsPerPicture, outputs } = await attempt();
      const difference = largestDifference(outputs, reference.outputs);
      if (difference <= TOLERANCE) finished.push({ title, speed: millisecondsPerPicture });
      else losers.push(deviceReasons.say('wrong', { engine: title, difference: formatShare(difference) }));
    } catch (error) {
      losers.push(deviceReasons.say('unable', { engine: title, reason: firstLine(error) }));
    }
  }
  const winner = finished.reduce((best, racer) => (racer.speed < best.speed ? racer : best));
  for (const { title, speed } of finished) {
    if (title === winner.title || title === first.title) continue;
    const known = { engine: title, speed: speed.toFixed(1), best: winner.speed.toFixed(1) };
    losers.push(deviceReasons.say('slower', known));
  }
  return { winner: winner.title, losers };
}

const MEMORY = 'trunk-race.json';

/**
 * The race's result where it was held before, else by holding it now.
 *
 * @param fingerprint  of all that the result depends on besides the racers.
 */
export async function raceOnce(fingerprint: string, racers: readonly [Racer, ...Racer[]]): Promise<RaceResult> {
  const [only, rival] = racers;
  if (rival === undefined) return { winner: only.title, losers: [] };
  const key = [fingerprint, ...racers.map(({ title }) => title)].join('|');
  const memory = await readMemory<RaceResult>(MEMORY);
  const remembered = memory[key];
  if (remembered !== undefined) return remembered;
  const result = await race(racers);
  await writeMemory(MEMORY, { ...memory, [key]: result });
  return result;
}

/** The next `raceOnce` of anything races again. */
export async function forgetRaces(): Promise<void> {
  await writeMemory(MEMORY, {});
}

/** As a share of the largest reference value; infinite where lengths differ or something is not a number. */
function largestDifference(values: Float32Array, reference: Float32Array): number {
  if (values.length !== reference.length) return Infinity;
  let difference = 0;
  let largest = Number.MIN_VALUE;
  for (let index = 0; index < reference.length; index++) {
    const expected = reference[index] ?? NaN;
    difference = Math.max(difference, Math.abs((values[index] ?? NaN) - expected)); // NaN stays NaN
    largest = Math.max(largest, Math.abs(expected));
  }
  return Number.isNaN(difference) ? Infinity : difference / largest;
}

function formatShare(share: number): string {
  return Number.isFinite(share) ? `off by ${(share * 100).toPrecision(2)} %` : 'values are missing or no numbers';
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0] ?? '';
}
