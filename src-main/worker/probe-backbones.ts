/** Embeddings of the same pictures by every backbone, through the activation cache, and a cross-validated race on them. */
import type { BackboneRace, Proposal } from '../contract/choosing.ts';
import type { Picture } from '../contract/dataset.ts';
import type { RunCost } from '../contract/results.ts';
import type { Backend, TrainConfig } from '../contract/training.ts';
import type { Backbone } from '../engine/backbones/catalogue.ts';
import { crossValidate } from '../engine/choose/cross-validate.ts';
import { raceBackbones } from '../engine/choose/race-backbones.ts';
import { requireTrainable } from '../engine/dataset/summary.ts';
import { inMemory } from '../engine/features/example-source.ts';
import { rememberPace } from '../engine/features/pace.ts';
import { openWorkerBackend } from './backend.ts';
import { costsOf } from './estimate-job.ts';
import { prepareExamples } from './examples.ts';
import type { JobContext } from './job-context.ts';
import { labelsOf } from './read-pictures.ts';

interface Order {
  readonly folder: string;
  readonly pictures: readonly Picture[];
  readonly classes: readonly string[];
  readonly backbones: readonly Backbone[];
  readonly config: TrainConfig;
}

/** @throws EngineError  of what cannot be trained on; the signal's reason on an abort */
export async function probeBackbones(
  order: Order,
  context: JobContext,
): Promise<{ race: BackboneRace; activations: Proposal['evidence']['activations'] }> {
  const { classes, backbones } = order;
  const { report, stopSignal: signal } = context;
  const config: TrainConfig = { ...order.config, mode: 'head', augmentation: 'off' };
  const opening = openWorkerBackend();
  opening.catch(() => undefined); // awaited below
  report({ type: 'cost', cost: await costOfAll({ ...order, config }) });
  const backend = await opening;

  const embedded: Embedded[] = [];
  for (const backbone of backbones) embedded.push(await embed({ ...order, config }, { backbone, backend }, context));
  // What one backbone could not read, since it went away meanwhile, none is asked.
  const pictures = order.pictures.filter(({ id }) => embedded.every(({ rowOf }) => rowOf.has(id)));
  requireTrainable(pictures, classes);

  const labels = labelsOf(pictures, classes);
  const contenders = [];
  let done = 0;
  const onProgress = (repeat: number, of: number) =>
    report({ type: 'progress', stage: 'train', done: done + repeat, total: of * backbones.length });
  for (const [index, { id, title, featureCount }] of backbones.entries()) {
    const values = valuesOf(pictures, embedded[index], featureCount);
    const data = { source: inMemory(values, [featureCount]), labels, classCount: classes.length };
    const options = { seed: config.seed, signal, onProgress };
    const result = await crossValidate({ ...data, pictures: pictures.map(({ sha256 }) => sha256) }, options);
    done += result.repeatCount;
    contenders.push({ id, title, result });
  }
  const activations = {
    computed: embedded.reduce((sum, { passes }) => sum + passes.computed, 0),
    reused: embedded.reduce((sum, { passes }) => sum + passes.reused, 0),
  };
  return { race: raceBackbones(contenders), activations };
}

interface Embedded {
  /** By id, of the pictures that could be read. */
  readonly rowOf: ReadonlyMap<string, number>;
  /** float32 [pictures, features] */
  readonly values: Float32Array;
  readonly passes: { readonly computed: number; readonly reused: number };
}

/** Only as many pictures as are probed: their embeddings fit in memory. */
async function embed(
  { folder, pictures: candidates, config }: Order,
  { backbone, backend }: { readonly backbone: Backbone; readonly backend: Backend },
  context: JobContext,
): Promise<Embedded> {
  context.report({ type: 'stage', stage: 'features', total: candidates.length });
  const examples = await prepareExamples({ folder, candidates, backbone, cut: null, config }, context);
  try {
    const { pictures, embeddings, passes, counts, seconds, skipped } = examples;
    for (const file of skipped) context.report({ type: 'skipped', file });
    const values = new Float32Array(pictures.length * backbone.featureCount);
    await embeddings?.read(Uint32Array.from(pictures.keys()), null, values);
    const each = (time: number, count: number) => (count === 0 ? null : (1000 * time) / count);
    await rememberPace(
      { tier: backend.tier, backbone: backbone.id, cut: null },
      {
        imageCount: passes.computed,
        decodeMs: each(seconds.decode, counts.decoded),
        passMs: each(seconds.run, passes.computed),
        augmentMs: null,
        tuneStepMs: null,
      },
    );
    return { rowOf: new Map(pictures.map(({ id }, row) => [id, row])), values, passes };
  } finally {
    await examples.close();
  }
}

function valuesOf(pictures: readonly Picture[], embedded: Embedded | undefined, featureCount: number): Float32Array {
  const values = new Float32Array(pictures.length * featureCount);
  for (const [place, { id }] of pictures.entries()) {
    const row = embedded?.rowOf.get(id) ?? 0;
    const own = embedded?.values.subarray(row * featureCount, (row + 1) * featureCount);
    if (own !== undefined) values.set(own, place * featureCount);
  }
  return values;
}

/** What is left to compute for all of them. */
async function costOfAll({ pictures, backbones, config }: Order): Promise<RunCost> {
  const costs = await Promise.all(backbones.map(async (backbone) => (await costsOf(pictures, backbone, config)).off));
  const sum = (pick: (cost: RunCost) => number) => costs.reduce((total, cost) => total + pick(cost), 0);
  return {
    passCount: sum(({ passCount }) => passCount),
    reusedCount: sum(({ reusedCount }) => reusedCount),
    seconds: costs.some(({ seconds }) => seconds === null) ? null : sum(({ seconds }) => seconds ?? 0),
    diskBytes: sum(({ diskBytes }) => diskBytes),
  };
}
