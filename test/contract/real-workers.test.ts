import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUGMENT_PRESETS } from '../../src-main/contract/augment.ts';
import type { EditRequest } from '../../src-main/contract/edits.ts';
import type { RunEvent } from '../../src-main/contract/events.ts';
import type { FolderPrediction, LivePrediction } from '../../src-main/contract/predictions.ts';
import { DEFAULT_TRAIN_CONFIG } from '../../src-main/contract/training.ts';
import { augmentationOf, putVariant } from '../../src-main/engine/features/variants.ts';
import { decodeImage } from '../../src-main/engine/images/decode.ts';
import { listBackbones } from '../../src-main/studio/backbones.ts';
import { exported } from '../helpers/exports.ts';
import { buildWorkers, startTestServer, type TestServer } from '../helpers/server.ts';

const hasBackbone = (await listBackbones()).some(({ isInstalled }) => isInstalled);
if (!hasBackbone) process.stderr.write('Skipping what trains: no backbone is installed (npm run setup).\n');

let workers: Awaited<ReturnType<typeof buildWorkers>>;
beforeAll(async () => {
  workers = await buildWorkers();
});
afterAll(() => workers.remove());

const start = (dataFolder?: string) =>
  startTestServer({ workers, ...(dataFolder === undefined ? {} : { dataFolder }) });

/** A 64×48 JPEG in one colour, stored on its side with the EXIF mark that turns it upright: 48×64. */
function makePicture(red: number, blue: number): Promise<Buffer> {
  const background = { r: red, g: 60, b: blue };
  return sharp({ create: { width: 64, height: 48, channels: 3, background } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

async function upload(server: TestServer, projectId: string, path: string, body: Uint8Array): Promise<void> {
  const address = `/upload/${projectId}?path=${encodeURIComponent(path)}`;
  expect((await server.fetch(address, { method: 'PUT', body: new Uint8Array(body) })).status).toBe(201);
}

/** Two classes of good pictures and a file of each kind that is none. */
async function makeProject(server: TestServer): Promise<string> {
  const { id } = await server.client.projects.create({ name: '실험' });
  for (let index = 0; index < 6; index++) {
    await upload(server, id, `빨강 🟥/${index}.jpg`, await makePicture(200 + index, 0));
    await upload(server, id, `blue/${index}.jpg`, await makePicture(0, 200 + index));
  }
  const good = await makePicture(9, 9);
  await upload(server, id, 'blue/empty.jpg', new Uint8Array());
  await upload(server, id, 'blue/truncated.jpg', good.subarray(0, good.length / 2));
  await upload(server, id, 'blue/notes.txt', Buffer.from('not a picture'));
  return id;
}

test('uploaded pictures are scanned, split, listed upright and shown; what is no picture is listed with its reason', async () => {
  const server = await start();
  const projectId = await makeProject(server);
  const summary = await server.client.dataset.scan({ projectId });
  expect(summary.blocker).toBeNull();
  expect(summary.classes.map(({ name }) => name).sort()).toEqual(['blue', '빨강 🟥'].sort());
  expect(summary.skipped.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['blue/empty.jpg', 'blue/notes.txt']) as string[],
  );
  expect(summary.skipped.every(({ reason }) => reason.length > 3)).toBe(true);

  const { total, pictures } = await server.client.dataset.pictures({ projectId, className: '빨강 🟥' });
  expect(total).toBe(6);
  expect(pictures[0]).toMatchObject({ width: 48, height: 64, orientation: 6 });
  const counts = summary.classes.find(({ name }) => name === '빨강 🟥')?.counts;
  for (const split of ['training', 'validation', 'test'] as const) {
    const found = await server.client.dataset.pictures({ projectId, className: '빨강 🟥', split });
    expect([split, found.total]).toEqual([split, counts?.[split]]);
  }

  const image = await server.fetch(`/images/${projectId}/${pictures[0]?.id}?size=128`);
  const metadata = await sharp(Buffer.from(await image.arrayBuffer())).metadata();
  expect([metadata.format, metadata.width, metadata.height]).toEqual(['webp', 48, 64]);
});

test('the sample set is drawn, scanned and shown', async () => {
  const server = await start();
  const { id: projectId } = await server.client.projects.createSample();
  const summary = await server.client.dataset.summary({ projectId });
  expect([summary?.classes.length, summary?.blocker]).toEqual([3, null]);
  const { pictures } = await server.client.dataset.pictures({ projectId, limit: 12 });
  const sizes = await Promise.all(
    pictures.map(async ({ id }) => (await (await server.fetch(`/images/${projectId}/${id}`)).arrayBuffer()).byteLength),
  );
  expect(Math.min(...sizes)).toBeGreaterThan(200);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(20_000);
});

test('the Lab shows what preprocessing does to the training pictures of the sample set', async () => {
  const server = await start();
  const { id: projectId } = await server.client.projects.createSample();
  const summary = await server.client.dataset.summary({ projectId });
  const shown = await server.client.lab.preprocessing({ projectId, sizePx: 16, components: 4 });
  const trainingCount = summary?.classes.reduce((sum, { counts }) => sum + counts.training, 0);
  expect([shown.imageCount, shown.sizePx, shown.axes.components.length]).toEqual([trainingCount, 16, 4]);
  expect(shown.meanImage).toHaveLength(16 * 16 * 3);
  const whitened = shown.stages.at(-1)?.covariance ?? [];
  expect(whitened.map((row, i) => row[i]?.toFixed(3))).toEqual(whitened.map(() => '1.000'));
  await expect(server.client.lab.preprocessing({ projectId, sizePx: 8, components: 64 })).resolves.toBeDefined();
});

test('the probe names the engines of this machine', async () => {
  const server = await start();
  await expect
    .poll(async () => (await server.client.app.status()).backend?.trunk ?? '', { timeout: 60_000, interval: 300 })
    .toContain('ONNX Runtime');
});

test.skipIf(!hasBackbone)(
  'a project is trained, followed, evaluated, exported and downloaded',
  async () => {
    const server = await start();
    const projectId = await makeProject(server);
    await server.client.dataset.scan({ projectId });
    const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 20, learningRate: 0.01 };
    const { id: runId } = await server.client.runs.start({ projectId, config });
    const ref = { projectId, runId };
    const events: RunEvent[] = [];
    for await (const event of await server.client.runs.follow(ref)) events.push(event);
    expect(events.at(-1)?.event).toMatchObject({ type: 'finished' });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const stages = events.flatMap(({ event }) => (event.type === 'stage' ? [event.stage] : []));
    expect(stages).toEqual(['read', 'features', 'train', 'evaluate']);

    const run = await server.client.runs.get(ref);
    expect(run).toMatchObject({ status: 'finished', report: { accuracy: { val: 1 } } }); // red from blue
    const evaluation = await server.client.runs.evaluation(ref);
    const shown = await server.fetch(`/images/${projectId}/${evaluation.predictions[0]?.id}?size=full`);
    expect(shown.status).toBe(200);

    const views = { scales: [224, 256], crops: ['centre' as const, 'top-left-flipped' as const] };
    const tta = await server.client.runs.evaluateTta({ ...ref, ...views });
    expect(tta).toMatchObject({ ...views, viewCount: 4, plainAccuracy: 1 });
    expect(tta.evaluation).toMatchObject({
      split: 'validation',
      imageCount: evaluation.imageCount,
      choseBestEpoch: true,
    });
    expect(tta.secondsPerPicture.tta).toBeGreaterThan(0);
    await expect(server.client.runs.evaluateTta({ ...ref, scales: [223] })).rejects.toMatchObject({
      data: { code: 'setting/out-of-range', details: { setting: 'scales', value: '223' } },
    });

    const reports = await exported(server.client, { ...ref, formats: ['onnx', 'tfjs'] });
    for (const { agreement } of reports) expect(agreement?.same).toBe(agreement?.of);
    for (const { format, path } of reports) {
      const zip = await server.fetch(`/exports/${projectId}/${runId}/${format}.zip`);
      const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
      const labels = Object.keys(files).find((name) => name.endsWith('labels.txt')) ?? '';
      expect(Buffer.from(files[labels] ?? [])).toEqual(await readFile(join(path, labels)));
    }
  },
  120_000,
);

test.skipIf(!hasBackbone)(
  'stopping before the first epoch cancels, and the project can be trained again',
  async () => {
    const server = await start();
    const projectId = await makeProject(server);
    await server.client.dataset.scan({ projectId });
    const { id: runId } = await server.client.runs.start({ projectId, config: DEFAULT_TRAIN_CONFIG });
    const ref = { projectId, runId };
    const types: string[] = [];
    for await (const { event } of await server.client.runs.follow(ref)) {
      types.push(event.type);
      if (types.length === 1) await server.client.runs.stop(ref);
    }
    expect(types.at(-1)).toBe('cancelled');
    expect(await server.client.runs.get(ref)).toMatchObject({ status: 'stopped', report: null, problem: null });
  },
  60_000,
);

test.skipIf(!hasBackbone)(
  'a preview shows a training picture as the network will see it, and refuses what training would refuse',
  async () => {
    const server = await start();
    const projectId = await makeProject(server);
    await server.client.dataset.scan({ projectId });
    const listed = async (split: 'training' | 'validation') =>
      (await server.client.dataset.pictures({ projectId, split })).pictures;
    const [trained, checks] = [(await listed('training'))[0], (await listed('validation'))[0]];
    const config = { ...DEFAULT_TRAIN_CONFIG, augmentation: 'live' as const, augment: AUGMENT_PRESETS.strong };
    const pictureId = trained?.id ?? '';
    const preview = await server.client.runs.previewAugmentation({ projectId, pictureId, config, epochCount: 3 });
    expect([preview.path, preview.epochs.map(({ variant }) => variant)]).toEqual([trained?.path, [1, 2, 3]]);

    const decoded = await decodeImage(join(server.dataFolder, 'projects', projectId, 'uploads', preview.path), 224);
    if (!decoded.ok) throw new Error(decoded.reason);
    for (const { variant, augmentation, png } of preview.epochs) {
      const place = new Uint8Array(224 * 224 * 3);
      const augmenting = { settings: config.augment, seed: config.seed };
      putVariant(decoded.pixels, { place, imageSize: 224, sha256: trained?.sha256 ?? '', variant, augmenting });
      expect(Buffer.compare(await sharp(Buffer.from(png, 'base64')).raw().toBuffer(), place)).toBe(0);
      expect(augmentation).toEqual(augmentationOf(trained?.sha256 ?? '', variant, augmenting));
    }

    const refused = (setting: string) => ({ data: { code: 'setting/out-of-range', details: { setting } } });
    const ask = (order: object) =>
      server.client.runs.previewAugmentation({ projectId, pictureId, config, epochCount: 1, ...order });
    await expect(ask({ pictureId: checks?.id ?? '' })).rejects.toMatchObject(refused('pictureId'));
    await expect(ask({ pictureId: 'nothing' })).rejects.toMatchObject(refused('pictureId'));
    const cutmix = { alpha: 1, probability: 0.5 };
    await expect(ask({ config: { ...config, cutmix } })).rejects.toMatchObject(refused('cutmix.probability'));
    expect((await ask({ config: { ...config, cutmix, mode: 'upper' } })).epochs).toHaveLength(1);
  },
  120_000,
);

test.skipIf(!hasBackbone)(
  'a run learns from the edited pictures, keeps what it saw, and is exported by the names that its classes have now',
  async () => {
    const server = await start();
    const projectId = await makeProject(server);
    await server.client.dataset.scan({ projectId });
    const edit = (request: EditRequest) => server.client.dataset.edit({ projectId, edit: request });
    const { pictures } = await server.client.dataset.pictures({ projectId, className: 'blue' });
    const [first, second, third] = pictures.map(({ id }) => id);
    await edit({ kind: 'exclude', pictureIds: [first ?? ''] });
    await edit({ kind: 'add-class', className: 'navy' });
    await edit({ kind: 'relabel', pictureIds: [second ?? '', third ?? ''], className: 'navy' });
    const config = { ...DEFAULT_TRAIN_CONFIG, epochs: 2 };
    const ref = { projectId, runId: (await server.client.runs.start({ projectId, config })).id };
    for await (const { event } of await server.client.runs.follow(ref)) if (event.type === 'failed') throw event.error;
    const counts = { blue: 3, navy: 2, '빨강 🟥': 6 };
    expect((await server.client.runs.get(ref)).report?.counts.byClass).toEqual(counts);
    const before = await server.client.runs.evaluation(ref);

    await edit({ kind: 'include', pictureIds: [first ?? ''] });
    await edit({ kind: 'merge-classes', classNames: ['blue'], into: 'navy' });
    await edit({ kind: 'rename-class', className: 'navy', newName: 'sea' });
    const renamed = (name: string) => (name === 'navy' ? 'sea' : name);
    expect(await server.client.runs.evaluation(ref)).toEqual({
      ...before,
      classes: before.classes.map(renamed),
      perClass: before.perClass.map((one) => ({ ...one, name: renamed(one.name) })),
      predictions: before.predictions.map((one) => ({
        ...one,
        truth: renamed(one.truth),
        predicted: renamed(one.predicted),
      })),
    });
    const [report] = await exported(server.client, { ...ref, formats: ['onnx'] });
    expect(report?.agreement?.same).toBe(report?.agreement?.of);
    expect(await readFile(join(report?.path ?? '', 'labels.txt'), 'utf8')).toBe('blue\nsea\n빨강 🟥\n');
    expect(await readFile(join(report?.path ?? '', 'model.onnx'), 'latin1')).toContain('sea');
  },
  120_000,
);

test.skipIf(!hasBackbone)(
  "heat maps and single predictions come from the run's own model, whatever its head is and however its features were prepared",
  async () => {
    const server = await start();
    const projectId = await makeProject(server);
    await server.client.dataset.scan({ projectId });
    const head = { ...DEFAULT_TRAIN_CONFIG.head, hidden: [8] };
    const short = { ...DEFAULT_TRAIN_CONFIG, epochs: 5, learningRate: 0.01 };
    const cases = [
      [{ ...short, embeddingPreprocessing: 'whiten' as const }, 'cam'],
      [{ ...short, embeddingPreprocessing: 'standardise' as const, head }, 'grad-cam'],
    ] as const;
    for (const [config, method] of cases) {
      const { id: runId } = await server.client.runs.start({ projectId, config });
      for await (const event of await server.client.runs.follow({ projectId, runId })) void event;
      const { predictions, classes } = await server.client.runs.evaluation({ projectId, runId });
      for (const { id, path, predicted, probabilities } of predictions) {
        const file = join(server.dataFolder, 'projects', projectId, 'uploads', path);
        const body = new Uint8Array(await readFile(file));
        const address = `/predict/${projectId}/${runId}?heatmap=${encodeURIComponent(classes[0] ?? '')}`;
        const answer = (await (await server.fetch(address, { method: 'POST', body })).json()) as LivePrediction;
        expect([answer.predicted, answer.heatMap?.method, answer.heatMap?.className]).toEqual([
          predicted,
          method,
          classes[0],
        ]);
        for (const [index, name] of classes.entries())
          expect(answer.probabilities[name]).toBeCloseTo(probabilities[index] ?? NaN, 3);
        const image = await server.fetch(`/heatmaps/${projectId}/${runId}/${id}.png`);
        const metadata = await sharp(Buffer.from(await image.arrayBuffer())).metadata();
        expect([metadata.format, metadata.width, metadata.height, metadata.channels]).toEqual(['png', 224, 224, 4]);
      }
      const table: FolderPrediction[] = [];
      const folder = join(server.dataFolder, 'projects', projectId, 'uploads', 'blue');
      for await (const event of await server.client.runs.predictFolder({ projectId, runId, folder })) table.push(event);
      const last = table.at(-1);
      if (last?.type !== 'finished') throw new Error('The table is missing');
      expect([last.predictions.length, last.skipped.length]).toEqual([6, 3]);
    }
  },
  120_000,
);
