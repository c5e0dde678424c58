import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askChild } from '../../src-main/engine/compute/ask-child.ts';
import { tryProvider, type TrialAnswer, type TrialOrder } from '../../src-main/engine/compute/trial.ts';
import type { Provider } from '../../src-main/engine/compute/onnx-runtime.ts';
import { toOnnx } from '../../src-main/engine/network/onnx.ts';
import { randomNetwork } from '../helpers/random-network.ts';
import { buildWorkers, temporaryFolder } from '../helpers/server.ts';

let workers: Awaited<ReturnType<typeof buildWorkers>>;
beforeAll(async () => {
  workers = await buildWorkers();
});
afterAll(() => workers.remove());

const network = randomNetwork({
  size: [12, 10],
  classes: 3,
  seed: 4,
  layers: [{ kind: 'conv', kernel: [3, 3], stride: 2, channels: 5, activation: 'relu6' }],
});
const order = (provider: Provider): TrialOrder => ({
  provider,
  model: toOnnx(network, { pixels: 'uint8-nhwc', output: 'float32-nhwc' }),
  inputShape: [12, 10, 3],
});
const ask = (script: string, question: TrialOrder, limitMs = 60_000) =>
  askChild<TrialAnswer>({ script, question, subject: 'its process', limitMs });

test('a network runs in the throw-away process as in this one', async () => {
  const answer = await ask(workers.trial, order('cpu'));
  const here = await tryProvider(order('cpu'));
  expect(answer).toEqual({
    ok: true,
    trial: { millisecondsPerPicture: expect.any(Number) as number, outputs: here.outputs },
  });
});

// 'dml' is DirectML, which only Windows has.
test.skipIf(process.platform === 'win32')('a provider that is not there is refused with its reason', async () => {
  expect(await ask(workers.trial, order('dml'))).toEqual({
    ok: false,
    reason: expect.stringMatching(/backend not found/) as string,
  });
});

test.each([
  ['process.on("message", () => process.abort())', 'its process crashed (SIGABRT).'],
  ['process.on("message", () => process.exit(3))', 'its process crashed (exit code 3).'],
  ['process.on("message", () => { for (;;); })', 'its process gave no answer within 2 s'],
])('a trial that dies or hangs costs its process alone: %s', async (program, reason) => {
  const script = join(await temporaryFolder(), 'trial.js');
  await writeFile(script, program);
  expect(await ask(script, order('cpu'), 2000)).toEqual({
    ok: false,
    reason: expect.stringContaining(reason) as string,
  });
});
