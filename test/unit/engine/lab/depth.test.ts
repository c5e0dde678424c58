import { beforeAll, expect, test } from 'vitest';
import { depthOptions, type DepthRun } from '../../../../src-main/contract/lab/depth.ts';
import { inMemory } from '../../../../src-main/engine/features/example-source.ts';
import { centredInputs } from '../../../../src-main/engine/lab/centred-inputs.ts';
import { measureDepth } from '../../../../src-main/engine/lab/depth.ts';
import { countLeakedTensors, loadTestBackend } from '../../../helpers/backend.ts';
import { gaussianInputs } from '../../../helpers/lab-inputs.ts';

beforeAll(loadTestBackend);

const inputs = gaussianInputs(64, 300);
const options = depthOptions.parse({ depth: 10, width: 256 });

async function runs(changes: Partial<typeof options>, of = inputs): Promise<readonly DepthRun[]> {
  return (await measureDepth(of, { ...options, ...changes })).runs;
}
async function run(changes: Partial<typeof options>, of = inputs): Promise<DepthRun> {
  return (await runs(changes, of))[0]!;
}
const stds = ({ layers }: DepthRun) => layers.map(({ std }) => std ?? NaN);

test('measured stds and gradients are those of theory, within four of its standard errors, for every choice and layer', async () => {
  const all = await runs({});
  expect(all).toHaveLength(4 * 8);
  const far = all.flatMap(({ initialisation, activation, layers }) =>
    layers.flatMap(({ std, gradientStd, theory }, index) => {
      const z = Math.log((std ?? NaN) / theory.std) / theory.stdError;
      const isTop = index === layers.length - 1; // there the gradient is given
      const ofGradient = isTop ? 0 : Math.log((gradientStd ?? NaN) / theory.gradientStd) / theory.gradientError;
      return Math.abs(z) < 4 && Math.abs(ofGradient) < 4 ? [] : [{ initialisation, activation, index, z, ofGradient }];
    }),
  );
  expect(far).toEqual([]);
});

test('over many draws of the weights the mean error vanishes and its spread is the standard error that was stated', async () => {
  const draws = 24;
  const few = gaussianInputs(8, 50);
  for (const [initialisation, activation] of [
    ['he', 'relu'],
    ['xavier', 'tanh'],
  ] as const) {
    const errors: number[] = [];
    let stated = 0;
    for (let seed = 0; seed < draws; seed++) {
      const { layers } = await run(
        { depth: 6, width: 64, seed, initialisations: [initialisation], activations: [activation] },
        few,
      );
      const { std, theory } = layers.at(-1)!;
      errors.push(Math.log((std ?? NaN) / theory.std));
      stated = theory.stdError;
    }
    const mean = errors.reduce((sum, error) => sum + error, 0) / draws;
    const spread = Math.sqrt(errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (draws - 1));
    expect(Math.abs(mean), `${initialisation} ${activation}`).toBeLessThan(
      (4 * stated) / Math.sqrt(draws) + stated ** 2,
    );
    expect(spread).toBeLessThan(1.5 * stated); // the stated error is that of pictures that are all alike: the largest
    expect(spread).toBeGreaterThan(stated / 4);
  }
});

test('small weights collapse: behind tanh, which is linear there, each layer shrinks to 0.01 · √width', async () => {
  const { layers, verdict } = await run({ initialisations: ['small'], activations: ['tanh'] });
  expect(verdict).toBe('collapses');
  const theory = layers.map((layer) => layer.theory.std);
  for (let layer = 2; layer < 10; layer++)
    expect((theory[layer] ?? NaN) / (theory[layer - 1] ?? NaN)).toBeCloseTo(0.01 * Math.sqrt(256), 3);
  expect(layers.at(-1)?.std).toBeLessThan(1e-6);
  expect(layers[0]?.gradientStd).toBeLessThan(1e-6);
});

test('large weights saturate tanh at ±1, and no gradient comes through as it was', async () => {
  const { layers, verdict } = await run({ initialisations: ['large'], activations: ['tanh'] });
  expect(verdict).toBe('saturates');
  for (const { saturatedShare, histogram } of layers) {
    expect(saturatedShare).toBeGreaterThan(0.75);
    const { counts = [], from = 0, to = 0 } = histogram ?? {};
    expect([from, to]).toEqual([expect.closeTo(-1, 5), expect.closeTo(1, 5)]);
    expect(((counts[0] ?? 0) + (counts.at(-1) ?? 0)) / counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(
      0.75,
    );
  }
});

test('Xavier halves the variance at each ReLU, He keeps it, and Xavier keeps that of tanh from vanishing', async () => {
  const [xavier, he] = await runs({ initialisations: ['xavier', 'he'], activations: ['relu'] });
  const ratio = (run: DepthRun, layer: number) =>
    (run.layers[layer]?.theory.std ?? NaN) / (run.layers[layer - 1]?.theory.std ?? NaN);
  for (let layer = 2; layer < 10; layer++) {
    expect(ratio(xavier!, layer)).toBeCloseTo(Math.SQRT1_2, 3);
    expect(ratio(he!, layer)).toBeCloseTo(1, 3);
  }
  expect([xavier!.verdict, he!.verdict]).toEqual(['collapses', 'keeps']);
  expect(he!.layers[0]?.theory.std).toBeCloseTo(Math.sqrt(1 - 1 / Math.PI), 1); // E max(z, 0)² = 1/2, mean √(1/2π), q = 2
  expect((await run({ initialisations: ['xavier'], activations: ['tanh'] })).verdict).toBe('keeps');
});

test('SELU with LeCun weights normalises itself: mean 0 and std 1 through twelve layers, and inputs that are off come back', async () => {
  const deep = { depth: 12, width: 1024, initialisations: ['xavier' as const], activations: ['selu' as const] };
  const scaledBy = (factor: number) => ({ ...inputs, values: inputs.values.map((value) => factor * value) });
  const { layers, verdict } = await run(deep);
  expect(verdict).toBe('keeps');
  for (const { mean, std } of layers) {
    expect(Math.abs(mean ?? NaN)).toBeLessThan(0.1);
    expect(Math.abs((std ?? NaN) - 1)).toBeLessThan(0.1);
  }
  for (const factor of [0.6, 1.5]) {
    const own = stds(await run(deep, scaledBy(factor)));
    expect(Math.abs((own[0] ?? NaN) - 1)).toBeGreaterThan(0.2);
    expect(Math.abs((own.at(-1) ?? NaN) - 1)).toBeLessThan(0.1);
  }
});

test('a ReLU that no picture opens is dead; of pictures that are all one, every closed one is', async () => {
  const one = gaussianInputs(1, 300).values;
  const alike = { values: new Float32Array([...one, ...one, ...one]), pictureCount: 3, featureCount: 300 };
  const of = { initialisations: ['he' as const], activations: ['relu' as const] };
  for (const { deadShare, saturatedShare } of (await run(of, alike)).layers) {
    expect(deadShare).toBe(saturatedShare);
    expect(deadShare).toBeGreaterThan(0.35);
    expect(deadShare).toBeLessThan(0.65);
  }
  expect((await run(of)).layers[0]).toMatchObject({ deadShare: 0, saturatedShare: expect.closeTo(0.5, 1) as number });
});

test('behind ten sigmoids the signal arrives and the gradient vanishes: each layer takes at least three quarters of it', async () => {
  const { layers, verdict } = await run({ initialisations: ['xavier'], activations: ['sigmoid'] });
  expect(verdict).toBe('vanishes');
  for (let layer = 1; layer < 10; layer++) {
    const [below, above] = [layers[layer - 1]?.theory.gradientStd ?? NaN, layers[layer]?.theory.gradientStd ?? NaN];
    expect(below / above).toBeLessThanOrEqual(0.25 * 1.001); // f′ ≤ ¼, and Xavier's weights keep the rest
  }
});

test('what overflows is told as nothing, not as a wrong number', async () => {
  const { layers, verdict } = await run({ depth: 50, initialisations: ['large'], activations: ['relu'] });
  expect(verdict).toBe('explodes');
  const { theory, ...measured } = layers.at(-1)!;
  const nothing = { mean: null, std: null, saturatedShare: null, deadShare: null, histogram: null };
  expect(measured).toEqual({ ...nothing, gradientStd: expect.closeTo(1, 1) as number });
  expect(theory.std).toBeGreaterThan(1e45);
});

test('histograms count every output once', async () => {
  const all = await runs({ depth: 2, width: 32, bins: 7 });
  for (const { histogram } of all.flatMap(({ layers }) => layers)) {
    expect(histogram?.counts).toHaveLength(7);
    expect(histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(64 * 32);
  }
});

test('equal seeds give equal numbers, others do not, and no tensors are left behind', async () => {
  const small = { depth: 3, width: 32 };
  const first = await runs(small);
  expect(await runs(small)).toEqual(first);
  expect(stds((await runs({ ...small, seed: 1 }))[0]!)).not.toEqual(stds(first[0]!));
  expect(await countLeakedTensors(() => runs(small))).toBe(0);
});

test('an abort ends it with its reason, and leaves nothing behind', async () => {
  const ending = new AbortController();
  const end = () => ending.abort(new Error('enough'));
  const measure = () =>
    expect(measureDepth(inputs, options, { signal: ending.signal, onProgress: end })).rejects.toThrow('enough');
  expect(await countLeakedTensors(measure)).toBe(0);
});

test('pictures are centred feature by feature and scaled by one number to a mean square of 1', async () => {
  const source = inMemory(Float32Array.of(9, 9, /**/ 1, 10, /**/ 3, 14), [2]);
  const { values, ...counts } = await centredInputs(source, Uint32Array.of(1, 2));
  expect(counts).toEqual({ pictureCount: 2, featureCount: 2 });
  const scale = 1 / Math.sqrt((1 + 4 + 1 + 4) / 4); // means 2 and 12
  expect([...values].map((value) => value / scale)).toEqual(
    [-1, -2, 1, 2].map((value) => expect.closeTo(value, 6) as number),
  );
});
