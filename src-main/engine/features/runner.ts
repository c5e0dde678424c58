import { createHash } from 'node:crypto';
import { deviceReasons } from '../../contract/device-reasons.ts';
import type { Backend } from '../../contract/training.ts';
import { machineFingerprint } from '../compute/cards.ts';
import type { OnnxElement, OnnxValues } from '../compute/onnx-runtime.ts';
import { raceOnce } from '../compute/race.ts';
import type { Network } from '../network/network.ts';
import { finalShape, type Shape } from '../network/shapes.ts';
import { listTrunkEngines, type OpenTrunk, type TrunkEngine } from './trunk-engines.ts';

/** A frozen network that is ready for pictures: a trunk (activations or embeddings) or a whole classifier (probabilities). */
export interface Runner<Element extends OnnxElement = 'float32'> {
  /** Of one picture: [features], or [height, width, channels] where the trunk ends before the pooling. */
  readonly outputShape: Shape;
  /** Values a picture: features of an embedding, or classes. */
  readonly outputCount: number;
  /**
   * Runs one batch, of any size. It holds the thread until the batch is done (see `OnnxSession.run`).
   *
   * @param pixels  uint8 [count, size, size, 3], RGB. Borrowed until the promise settles.
   * @returns       [count, ...outputShape], float32 or the bits of half floats. The caller's.
   */
  run(pixels: Uint8Array, count: number): Promise<OnnxValues[Element]>;
  dispose(): Promise<void>;
}

/** What runs a network here, for reports. */
export interface TrunkReport {
  /** "ONNX Runtime 1.30.0 (CPU)" */
  readonly engine: string;
  /** Why engines that use the card do not run it; null where there is nothing to say. */
  readonly whyNotBetter: string | null;
}

/** A runner that was chosen among this machine's engines. */
export type OpenedRunner<Element extends OnnxElement> = Runner<Element> & TrunkReport;

export interface RunnerOptions<Element extends OnnxElement> {
  /** What comes out; absent: float32. Half floats are made where the network runs. */
  readonly output?: Element;
  /** Whether decoding works at the same time; absent: it does. False where pixels are ready, e.g. in a cache. */
  readonly competes?: boolean;
  /** Absent: those of this machine. The first must be able to run. */
  readonly engines?: readonly [TrunkEngine, ...TrunkEngine[]];
}

/**
 * Opens a network on the engine that runs it fastest here: on the processor, unless a card has won the race, which is held
 * once per machine and kind of network. An engine that has won but fails to open gives way to the processor, and
 * `whyNotBetter` says so.
 *
 * @throws InvalidNetworkError if the network cannot run.
 */
export async function openRunner<Element extends OnnxElement = 'float32'>(
  network: Network,
  { output, competes = true, engines }: RunnerOptions<Element> = {},
): Promise<OpenedRunner<Element>> {
  const outputShape = finalShape(network);
  const options = { output: output ?? ('float32' as Element), competes }; // as: the type parameter's own default
  const opened = await openFastest(network, engines ?? (await listTrunkEngines()), options);
  return { outputShape, outputCount: outputShape.reduce((product, size) => product * size, 1), ...opened };
}

/** What a report says of the machine once the trunk is open. */
export function withTrunk(backend: Backend, { engine, whyNotBetter }: TrunkReport): Backend {
  const reasons = [backend.whyNotBetter, whyNotBetter].filter((reason) => reason !== null);
  return { ...backend, trunk: engine, whyNotBetter: reasons.length === 0 ? null : reasons.join('. ') };
}

async function openFastest<Element extends OnnxElement>(
  network: Network,
  engines: readonly [TrunkEngine, ...TrunkEngine[]],
  options: { readonly output: Element; readonly competes: boolean },
): Promise<OpenTrunk<Element> & TrunkReport> {
  const [processor] = engines;
  const { winner, losers } = await raceTrunk(network, engines);
  const reasons = [...losers];
  const fastest = engines.find(({ title }) => title === winner) ?? processor;
  if (fastest !== processor) {
    try {
      const { run, dispose } = await fastest.open(network, options);
      return { run, dispose, engine: fastest.title, whyNotBetter: sentences(reasons) };
    } catch (error) {
      reasons.unshift(deviceReasons.say('gone-since', { engine: fastest.title, reason: String(error) }));
    }
  }
  const { run, dispose } = await processor.open(network, options);
  return { run, dispose, engine: processor.title, whyNotBetter: sentences(reasons) };
}

/** Races what lies before the head, so that all classifiers on one backbone share its result. */
function raceTrunk({ nodes }: Network, engines: readonly [TrunkEngine, ...TrunkEngine[]]) {
  const head = nodes.findIndex(({ op }) => op === 'dense');
  const trunk = { nodes: head < 0 ? nodes : nodes.slice(0, head) };
  const [first, ...others] = engines.map(({ title, attempt }) => ({ title, attempt: () => attempt(trunk) }));
  if (first === undefined) throw new Error('No engine to race'); // the type forbids it
  return raceOnce(`${machineFingerprint()}|${structureOf(trunk)}`, [first, ...others]);
}

/** The same for networks that differ in the values of their weights alone. */
function structureOf(network: Network): string {
  const text = JSON.stringify(network, (key, value: unknown) => (key === 'values' ? undefined : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function sentences(reasons: readonly string[]): string | null {
  return reasons.length === 0 ? null : reasons.join('. ');
}
