/** A server that is killed in the middle of a training: the run is resumed as the same run, to the very weights it would have reached. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { expect, onTestFinished, test } from 'vitest';
import type { RunEvent } from '../../src-main/contract/events.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../src-main/contract/training.ts';
import { installedBackbones, temporaryFolder } from '../helpers/cli.ts';
import { makeImageFolder } from '../helpers/image-folders.ts';
import { signIn, type TestClient } from '../helpers/server.ts';
import { repositoryRoot } from '../helpers/shared.ts';

const backbones = await installedBackbones();
if (backbones.length === 0) process.stderr.write('Skipping the killed server: no backbone is installed.\n');

/** Long enough for a checkpoint, which comes every five seconds. */
const config = {
  ...DEFAULT_TRAIN_CONFIG,
  mode: 'upper' as const,
  tuneEpochs: 100,
  batchSize: 2,
  patience: 0,
  epochs: 3,
  ...(backbones[0] === undefined ? {} : { backbone: backbones[0] }),
};

/** `fovea serve` as a process of its own. */
async function serve(home: string): Promise<{ child: ChildProcess; client: TestClient; ended: Promise<unknown> }> {
  const program = join(repositoryRoot, 'dist', 'main', 'fovea.js');
  const env = { ...process.env, FOVEA_HOME: home };
  const child = spawn(process.execPath, [program, 'serve', '--no-open'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /http:\/\/\S+/.exec(text);
      if (found) resolve(found[0]);
    });
    child.once('exit', () => reject(new Error(`The server ended: ${text}`)));
  });
  const { origin } = new URL(url);
  const headers = { cookie: await signIn(url), origin };
  return { child, ended, client: createORPCClient<TestClient>(new RPCLink({ url: `${origin}/rpc`, headers })) };
}

type RunRef = { projectId: string; runId: string };

async function follow(
  client: TestClient,
  ref: RunRef,
  isEnough: (event: RunEvent) => boolean = () => false,
): Promise<RunEvent[]> {
  const seen: RunEvent[] = [];
  for await (const event of await client.runs.follow(ref)) {
    seen.push(event);
    if (isEnough(event)) break;
  }
  return seen;
}

/** What is the same for equal runs: all that was told of the epochs. */
const epochsOf = (events: readonly RunEvent[]) =>
  events.flatMap(({ event }) => (event.type === 'epoch' ? [event] : []));

test.skipIf(backbones.length === 0)(
  'a run whose server was killed is resumed, paused and resumed again, and ends as one that nothing disturbed',
  async () => {
    const pictures = await makeImageFolder({ round: 8, square: 8 });
    const home = await temporaryFolder();
    const folderOf = ({ projectId, runId }: RunRef) => join(home, 'projects', projectId, 'runs', runId);
    /** The name of the weights' file holds their hash. */
    const weightsOf = async (ref: RunRef) =>
      (await readdir(join(folderOf(ref), 'model'))).find((name) => name.startsWith('weights-'));

    const first = await serve(home);
    const { id: projectId } = await first.client.projects.create({});
    await first.client.dataset.useFolder({ projectId, folder: pictures });
    const ref = { projectId, runId: (await first.client.runs.start({ projectId, config })).id };
    const checkpoint = join(folderOf(ref), 'checkpoint.bin');
    for (let waited = 0; !existsSync(checkpoint) && waited < 900; waited++) await sleep(100);
    expect(existsSync(checkpoint), 'a checkpoint within 90 seconds').toBe(true);
    first.child.kill('SIGKILL');
    await first.ended;

    const { client } = await serve(home);
    const before = await follow(client, ref);
    expect(await client.runs.get(ref)).toMatchObject({ status: 'interrupted' });
    await client.runs.resume(ref);
    const goesOn = epochsOf(before).length + 3;
    await follow(client, ref, ({ event }) => event.type === 'epoch' && event.epoch >= goesOn);
    await client.runs.pause(ref);
    await follow(client, ref);
    expect(await client.runs.get(ref)).toMatchObject({ status: 'paused' });
    await client.runs.resume(ref);
    const all = await follow(client, ref);
    expect(all.slice(0, before.length)).toEqual(before);
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    const summary = await client.runs.get(ref);
    expect(summary).toMatchObject({ status: 'finished', number: 1 });

    const whole = { projectId, runId: (await client.runs.start({ projectId, config })).id };
    const undisturbed = await follow(client, whole);
    expect(epochsOf(all)).toEqual(epochsOf(undisturbed));
    expect(await weightsOf(ref)).toBe(await weightsOf(whole));
    const report = (await client.runs.get(whole)).report;
    expect(summary.report?.diagnostics).toEqual(report?.diagnostics);
    expect(summary.report?.epochs).toEqual(report?.epochs);
    expect(await client.runs.evaluation(ref)).toEqual(await client.runs.evaluation(whole));
  },
  300_000,
);
