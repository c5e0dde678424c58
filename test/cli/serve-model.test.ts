import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { predictAnswer, problem } from '../../src-main/contract/model-service.ts';
import type { JobResults } from '../../src-main/contract/jobs.ts';
import { saveClassifier } from '../../src-main/engine/network/classifier.ts';
import { CORNER_LABELS, cornerClassifier } from '../helpers/classifiers.ts';
import { fovea, temporaryFolder } from '../helpers/cli.ts';
import { writeOddPictures } from '../helpers/odd-pictures.ts';
import { repositoryRoot } from '../helpers/shared.ts';

let model: string;
let pictures: string[];
let server: Serving;
beforeAll(async () => {
  model = join(await temporaryFolder(), '모서리 🐝');
  await saveClassifier(join(model, 'model'), cornerClassifier());
  pictures = Object.values(await writeOddPictures(join(await temporaryFolder(), 'pictures')));
  server = await serve([]);
});
afterAll(() => void server.child.kill('SIGKILL'));

interface Serving {
  readonly child: ChildProcessWithoutNullStreams;
  readonly url: string;
  readonly ended: Promise<number | null>;
  stderr(): string;
}

/** Runs `fovea serve-model` on a free port until it says where it is. */
async function serve(flags: readonly string[]): Promise<Serving> {
  const home = await temporaryFolder();
  const program = join(repositoryRoot, 'dist', 'main', 'fovea.js');
  const child = spawn(process.execPath, [program, 'serve-model', model, '--port', '0', ...flags], {
    env: { ...process.env, FOVEA_HOME: home },
  });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const found = / at (http:\S+)\n/.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(stderr)));
  });
  return { child, url, ended, stderr: () => stderr };
}

const post = async (file: string, url = server.url) =>
  fetch(`${url}/predict`, {
    method: 'POST',
    body: new Uint8Array(await readFile(file)),
    headers: { 'content-type': 'application/octet-stream' },
  });

test('answers as "fovea predict" does: turned by EXIF, transparent, CMYK, tiny, large, alone and together', async () => {
  const predicted = await fovea(['predict', model, ...pictures, '--json']);
  const { predictions: expected } = JSON.parse(predicted.stdout) as JobResults['predict'];
  expect(expected.map(({ path }) => path)).toEqual(pictures);

  const form = new FormData();
  for (const file of pictures) form.append('file', new Blob([new Uint8Array(await readFile(file))]), basename(file));
  const response = await fetch(`${server.url}/predict`, { method: 'POST', body: form });
  const together = predictAnswer.parse(await response.json());
  expect(together).toMatchObject({ model: '모서리 🐝', skipped: [] });
  expect(together.predictions.map(({ file }) => file)).toEqual(pictures.map((file) => basename(file)));

  for (const [index, { predicted: label, probabilities }] of expected.entries()) {
    const alone = predictAnswer.parse(await (await post(pictures[index]!)).json()).predictions[0]!;
    for (const answer of [alone, together.predictions[index]!]) {
      expect(answer.predicted).toBe(label);
      expect(Object.keys(answer.probabilities)).toEqual(CORNER_LABELS);
      for (const name of CORNER_LABELS)
        expect(Math.abs(answer.probabilities[name]! - probabilities[name]!)).toBeLessThan(1e-6);
    }
  }
  // Red lies top left in the file; EXIF moves it to each corner twice.
  const corners = together.predictions.slice(0, 8).map(({ predicted }) => CORNER_LABELS.indexOf(predicted));
  expect(corners).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
});

test('many clients at once get their own answers', async () => {
  const files = pictures.slice(0, 8);
  const alone = await Promise.all(files.map(async (file) => predictAnswer.parse(await (await post(file)).json())));
  const asked = Array.from({ length: 48 }, (_, index) => index % files.length);
  const answers = await Promise.all(
    asked.map(async (index) => predictAnswer.parse(await (await post(files[index]!)).json())),
  );
  for (const [place, index] of asked.entries()) {
    expect(answers[place]!.predictions[0]!.predicted).toBe(alone[index]!.predictions[0]!.predicted);
  }
});

test('a picture cut short is refused in words, and the server goes on', async () => {
  const cut = (await readFile(pictures[0]!)).subarray(0, 900);
  const response = await fetch(`${server.url}/predict`, {
    method: 'POST',
    body: new Uint8Array(cut),
    headers: { 'content-type': 'image/jpeg' },
  });
  expect(response.status).toBe(422);
  expect(problem.parse(await response.json()).detail).toMatch(/truncated/);
  expect((await post(pictures[0]!)).status).toBe(200);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it in order, with exit code 0', async (signal) => {
  const { child, url, ended } = await serve([]);
  const underWay = post(pictures[0]!, url);
  await underWay;
  child.kill(signal);
  expect(await ended).toBe(0);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('an address that others reach is warned of, in other words with a token', async () => {
  const open = await serve(['--host', '0.0.0.0']);
  const closed = await serve(['--host', '0.0.0.0', '--token', 'abc', '--top', '1']);
  expect(open.stderr()).toMatch(/Warning: at 0\.0\.0\.0 other machines can reach this server.*Anyone may use it/);
  expect(closed.stderr()).toMatch(/Warning/);
  expect(closed.stderr()).not.toContain('Anyone');
  expect(server.stderr()).toBe('');
  const address = closed.url.replace('0.0.0.0', '127.0.0.1');
  expect((await post(pictures[0]!, address)).status).toBe(401);
  for (const { child, ended } of [open, closed]) {
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
});

test.each([
  [['--port', '70000'], /--port 70000.*from 0 to 65535/],
  [['--queue', '0'], /--queue 0/],
  [['--top', '1.5'], /--top 1\.5/],
  [['--max-bytes', '-1'], /--max-bytes -1/],
  [['--token', 'two words'], /--token/],
  [['--host', '203.0.113.7'], /"203\.0\.113\.7" is none of this machine/],
])('%j is refused in one sentence', async (flags, message) => {
  const ended = await fovea(['serve-model', model, ...flags]);
  expect([ended.code, ended.stdout]).toEqual([3, '']);
  expect(
    ended.stderr
      .split('\n')
      .filter((line) => line.startsWith('fovea: '))
      .join('\n'),
  ).toMatch(message);
});

test('a folder without a model is refused', async () => {
  const ended = await fovea(['serve-model', await temporaryFolder()]);
  expect(ended.code).toBe(3);
  expect(ended.stderr).toMatch(/no Fovea model/);
});
