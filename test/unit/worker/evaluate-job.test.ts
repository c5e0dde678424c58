import { mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EngineError } from '../../../src-main/contract/errors.ts';
import type { WorkerEvent } from '../../../src-main/contract/events.ts';
import type { JobOf } from '../../../src-main/contract/jobs.ts';
import { evaluationReport } from '../../../src-main/contract/results.ts';
import type { TtaSettings } from '../../../src-main/contract/test-time-augmentation.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../../src-main/contract/training.ts';
import { writeManifest } from '../../../src-main/engine/dataset/manifest-file.ts';
import { scanFolder } from '../../../src-main/engine/dataset/scan.ts';
import { saveClassifier } from '../../../src-main/engine/network/classifier.ts';
import { evaluateJob } from '../../../src-main/worker/evaluate-job.ts';
import { predictJob } from '../../../src-main/worker/predict-job.ts';
import { smallClassifier } from '../../helpers/classifiers.ts';
import { makeImageFolder, type FolderPlan } from '../../helpers/image-folders.ts';

const PICTURES: FolderPlan = { ant: 6, bee: 5, wasp: 4 };

/** A model that is no good at anything, and pictures of its classes. */
async function prepare(plan: FolderPlan = PICTURES): Promise<Omit<JobOf<'evaluate'>, 'kind'>> {
  const modelFolder = await mkdtemp(join(tmpdir(), 'fovea-model-'));
  onTestFinished(() => rm(modelFolder, { recursive: true, force: true }));
  await saveClassifier(modelFolder, smallClassifier()); // sees 33 pixels
  return { modelFolder, folder: await makeImageFolder(plan) };
}

async function run(job: Omit<JobOf<'evaluate'>, 'kind'>, stopSignal = new AbortController().signal) {
  const events: WorkerEvent[] = [];
  const result = await evaluateJob(
    { kind: 'evaluate', ...job },
    { report: (event) => void events.push(event), stopSignal },
  );
  return { result, events };
}

test('with test-time augmentation the plain result stays, and beside it stand gain, cost and parts', async () => {
  const job = await prepare();
  const plain = (await run(job)).result;
  const { result, events } = await run({ ...job, tta: { scales: [33, 90], crops: 'ten' } });
  expect(plain.tta).toBeUndefined();
  expect(result.evaluation).toEqual(plain.evaluation);
  const { tta } = evaluationReport.parse(result);
  expect(tta).toMatchObject({ scales: [33, 90], viewCount: 20, plainAccuracy: plain.evaluation.accuracy });
  expect(tta?.evaluation).toMatchObject({ split: 'all', imageCount: 15 });
  const changed = (tta?.fixedCount ?? NaN) - (tta?.brokenCount ?? NaN);
  expect(changed).not.toBe(0); // else what follows would prove nothing
  expect((tta?.evaluation.accuracy ?? NaN) * 15).toBeCloseTo(plain.evaluation.accuracy * 15 + changed, 9);
  expect(tta?.parts.map(({ kind, name, viewCount }) => [kind, name, viewCount])).toEqual([
    ['scale', '33', 10],
    ['scale', '90', 10],
    ['place', 'corners', 16],
    ['place', 'centre', 4],
    ['flip', 'unflipped', 10],
    ['flip', 'flipped', 10],
  ]);
  expect(tta?.secondsPerPicture.tta).toBeGreaterThan(tta?.secondsPerPicture.plain ?? NaN);
  const progress = events.flatMap((event) => (event.type === 'progress' ? [event] : []));
  expect(new Set(progress.map(({ total }) => total))).toEqual(new Set([15 * 21]));
  expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).sort((a, b) => a - b));
  expect(progress.at(-1)?.done).toBe(15 * 21);
});

test('with the plain view alone nothing changes, and there are no parts', async () => {
  const job = await prepare();
  const { result } = await run({ ...job, tta: { scales: [33], crops: 'centre' } });
  expect(result.tta).toMatchObject({ fixedCount: 0, brokenCount: 0, pValue: 1, viewCount: 1, parts: [] });
  expect(result.tta?.evaluation).toEqual(result.evaluation);
});

test('files that are no pictures and classes that the model does not know are left out of both, and told once', async () => {
  const job = await prepare({ ...PICTURES, moth: 2, 'ant/broken.jpg': Buffer.from('ffd8ffe000104a46', 'hex') });
  const { result } = await run({ ...job, tta: { scales: [33, 40], crops: 'five' } });
  expect([result.evaluation.imageCount, result.tta?.evaluation.imageCount]).toEqual([15, 15]);
  expect(result.skipped.map(({ path }) => path).sort()).toEqual(['ant/broken.jpg', 'moth/1.jpg', 'moth/2.jpg']);
});

test("a run's headline is its test split where there is one, else its validation split", async () => {
  const job = await prepare();
  const manifestFile = join(job.modelFolder, 'dataset.jsonl');
  await writeManifest(manifestFile, await scanFolder(job.folder, {}));
  const measure = async (testFraction: number) => {
    const config = { ...DEFAULT_TRAIN_CONFIG, validationFraction: 0.4, testFraction };
    return (await run({ ...job, headline: { manifestFile, config }, tta: { scales: [33, 40], crops: 'centre' } }))
      .result;
  };
  const [validation, test] = [await measure(0), await measure(0.2)];
  expect(validation.tta?.evaluation).toMatchObject({ split: 'validation', choseBestEpoch: true, imageCount: 6 });
  expect(test.tta?.evaluation).toMatchObject({ split: 'test', choseBestEpoch: false, imageCount: 3 });

  const [gone, ...others] = validation.evaluation.predictions.map(({ path }) => path);
  await unlink(join(job.folder, gone ?? ''));
  const without = await measure(0);
  expect(without.tta?.evaluation.predictions.map(({ path }) => path)).toEqual(others);
  expect(without.skipped).toEqual([{ path: gone, reason: 'unreadable: no such file' }]);
});

test('settings that the network cannot take are refused before a picture is read', async () => {
  const job = await prepare();
  await rm(job.folder, { recursive: true });
  await expect(run({ ...job, tta: { scales: [32], crops: 'ten' } })).rejects.toMatchObject({
    code: 'setting/out-of-range',
    details: {
      setting: 'scales',
      value: '32',
      allowed: "whole numbers from 33 (the side of the network's input) to 4096",
    },
  });
});

test('an abort ends the measurement with its reason', async () => {
  const job = await prepare();
  const stop = new AbortController();
  const reason = new EngineError('run/cancelled', 'The run was stopped.');
  const running = evaluateJob(
    { kind: 'evaluate', ...job, tta: { scales: [33, 40, 48, 56], crops: 'ten' } },
    {
      stopSignal: stop.signal,
      report: (event) => event.type === 'progress' && event.done > 15 && stop.abort(reason),
    },
  );
  await expect(running).rejects.toBe(reason);
});

test('a prediction with test-time augmentation is the average over the views, as an evaluation has it', async () => {
  const job = await prepare();
  const tta: TtaSettings = { scales: [33, 48], crops: 'ten' };
  const { result } = await run({ ...job, tta });
  const predicted = await predictJob(
    { kind: 'predict', modelFolder: job.modelFolder, paths: [job.folder], tta },
    { report: () => undefined, stopSignal: new AbortController().signal },
  );
  expect(predicted.viewCount).toBe(20);
  const measured = new Map(result.tta?.evaluation.predictions.map((one) => [join(job.folder, one.path), one]));
  expect(predicted.predictions).toHaveLength(15);
  for (const { path, predicted: name, probabilities } of predicted.predictions) {
    expect([name, Object.values(probabilities)]).toEqual([
      measured.get(path)?.predicted,
      measured.get(path)?.probabilities,
    ]);
  }
});
