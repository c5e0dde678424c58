import { beforeEach, expect, test, vi } from 'vitest';
import type { Backend } from '../../../../src-main/contract/training.ts';
import { openRunner, withTrunk } from '../../../../src-main/engine/features/runner.ts';
import { listTrunkEngines, type TrunkEngine } from '../../../../src-main/engine/features/trunk-engines.ts';
import { randomNetwork, randomPixels } from '../../../helpers/random-network.ts';
import { temporaryFolder } from '../../../helpers/server.ts';

const layer = { kind: 'conv', kernel: [3, 3], stride: 2, channels: 5, activation: 'relu6' } as const;
const options = { size: [9, 9], classes: 3, layers: [layer], seed: 4 } as const;
const pixels = randomPixels(6, 9 * 9 * 3);
let trials = 0;

/** The processor's engine under another name, which says that it takes so long. */
function pretend(engine: TrunkEngine, title: string, speed: number, change: Partial<TrunkEngine> = {}): TrunkEngine {
  return {
    ...engine,
    title,
    async attempt(network) {
      trials++;
      return { ...(await engine.attempt(network)), millisecondsPerPicture: speed };
    },
    ...change,
  };
}

beforeEach(async () => {
  trials = 0;
  vi.stubEnv('FOVEA_CACHE', await temporaryFolder());
});

const [real] = await listTrunkEngines();
const processor = pretend(real, 'processor', 5);
const card = pretend(real, 'card', 1);

test('the engine that won runs the network, and classifiers on the same backbone do not race again', async () => {
  const engines = [processor, card] as const;
  const runner = await openRunner(randomNetwork(options), { engines });
  expect([runner.engine, runner.whyNotBetter, trials]).toEqual(['card', null, 2]);
  const plain = await openRunner(randomNetwork(options), { engines: [real] });
  expect(await runner.run(pixels, 1)).toEqual(await plain.run(pixels, 1));

  const otherHead = await openRunner(randomNetwork({ ...options, classes: 7, seed: 5 }), { engines });
  expect([otherHead.engine, trials]).toEqual(['card', 2]);
  const otherSize = await openRunner(randomNetwork({ ...options, size: [10, 9] }), { engines });
  expect([otherSize.engine, trials]).toEqual(['card', 4]);
  await Promise.all([runner, plain, otherHead, otherSize].map((opened) => opened.dispose()));
});

test('an engine that won but does not open gives way to the processor, and says so', async () => {
  const broken = pretend(real, 'card', 1, { open: () => Promise.reject(new Error('out of memory')) });
  const runner = await openRunner(randomNetwork(options), { engines: [processor, broken] });
  expect(await runner.run(pixels, 1)).toHaveLength(3);
  await runner.dispose();
  const reason = 'card won the race but does not open now: Error: out of memory';
  expect([runner.engine, runner.whyNotBetter]).toEqual(['processor', reason]);
});

test('a report names the engine that runs, and why no better one does', async () => {
  const slow = pretend(real, 'card', 9);
  const runner = await openRunner(randomNetwork(options), { engines: [processor, slow] });
  await runner.dispose();
  const tiers: Backend = { tier: 'native-cpu', trunk: '?', tail: 'T', whyNotBetter: 'No NVIDIA card', cpuCount: 2 };
  expect(withTrunk(tiers, runner)).toEqual({
    ...tiers,
    trunk: 'processor',
    whyNotBetter: 'No NVIDIA card. card is slower: 9.0 ms a picture, and not 5.0',
  });
  expect(withTrunk({ ...tiers, whyNotBetter: null }, { ...runner, whyNotBetter: null }).whyNotBetter).toBeNull();
});
