import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listBackbones } from '../../src-main/studio/backbones.ts';
import { buildWorkers, startTestServer, temporaryFolder, type TestClient } from '../helpers/server.ts';

const hasBackbone = (await listBackbones()).some(({ isInstalled }) => isInstalled);
if (!hasBackbone)
  process.stderr.write('Skipping experiments on embeddings: no backbone is installed (npm run setup).\n');

let workers: Awaited<ReturnType<typeof buildWorkers>>;
beforeAll(async () => {
  workers = await buildWorkers();
});
afterAll(() => workers.remove());

/** A project of twelve reddish and twelve bluish pictures with some noise. */
async function makeProject(): Promise<{ client: TestClient; projectId: string }> {
  const { client } = await startTestServer({ workers });
  const folder = await temporaryFolder();
  for (const [name, colour] of [
    ['red', [200, 60, 40]],
    ['blue', [40, 60, 200]],
  ] as const) {
    await mkdir(join(folder, name));
    for (let index = 0; index < 12; index++) {
      const pixels = Uint8Array.from(
        { length: 32 * 32 * 3 },
        (_, at) => (colour[at % 3] ?? 0) + ((at * (index + 3)) % 37),
      );
      const file = await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
        .png()
        .toBuffer();
      await writeFile(join(folder, name, `${index}.png`), file);
    }
  }
  const { id: projectId } = await client.projects.create({});
  await client.dataset.useFolder({ projectId, folder });
  return { client, projectId };
}

test("a deep network is run on a project's pixels, needs no backbone, and answers alike when asked again", async () => {
  const { client, projectId } = await makeProject();
  const order = { projectId, depth: 3, width: 16, imageSize: 8, initialisations: ['he' as const] };
  const result = await client.lab.depth({ ...order, activations: ['relu', 'tanh'] });
  expect(result).toMatchObject({ pictureCount: 20, inputCount: 192 });
  expect(
    result.runs.map(({ initialisation, activation, layers }) => [initialisation, activation, layers.length]),
  ).toEqual([
    ['he', 'relu', 3],
    ['he', 'tanh', 3],
  ]);
  expect(result.runs[0]?.layers[0]?.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(20 * 16);
  expect(await client.lab.depth({ ...order, activations: ['relu', 'tanh'] })).toEqual(result);
  expect((await client.lab.depth({ ...order, pictures: 5 })).pictureCount).toBe(5);
});

test.skipIf(!hasBackbone)("activations, penalties and dropout are shown on a project's embeddings", async () => {
  const { client, projectId } = await makeProject();
  const curves = await client.lab.activationCurves({ projectId, points: 5, from: -2, to: 2, pictures: 10 });
  expect(curves.x).toEqual([-2, -1, 0, 1, 2]);
  expect(curves.curves.find(({ activation }) => activation === 'relu')?.y).toEqual([0, 0, 0, 1, 2]);
  expect(curves.signs.pictureCount).toBe(10);
  expect(curves.signs.agreements[0]).toMatchObject({ activation: 'sigmoid', perPicture: 1 });

  const penalties = await client.lab.penalties({ projectId, strengths: [0.01], iterations: 100 });
  expect(penalties.pictureCounts).toEqual({ training: 20, validation: 4 });
  expect(penalties.heads.map(({ penalty, strength }) => [penalty, strength])).toEqual([
    ['none', 0],
    ['l1', 0.01],
    ['l2', 0.01],
  ]);
  expect(penalties.heads[1]?.zeroShare).toBeGreaterThan(0.5);

  const dropout = await client.lab.dropout({ projectId, units: 16, masks: 5, epochs: 5, pictures: 3 });
  expect(dropout).toMatchObject({ classes: ['blue', 'red'], pictureCount: 4, ranEpochs: 5 });
  expect(dropout.bySize.map(({ masks }) => masks)).toEqual([1, 2, 5]);
  const listed = await client.dataset.pictures({ projectId, split: 'validation' });
  expect(dropout.pictures).toHaveLength(3);
  for (const { id, truth, mean } of dropout.pictures) {
    expect(listed.pictures.find((picture) => picture.id === id)?.className).toBe(truth);
    expect(mean.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  }
});

test('what is out of range is refused by name, value and range, before anything is queued', async () => {
  const { client, projectId } = await startTestServer().then(async (server) => ({
    client: server.client,
    projectId: (await server.client.projects.create({})).id,
  }));
  const refusals = [
    { asked: client.lab.depth({ projectId, depth: 51 }), setting: 'depth', value: '51', range: '1 to 50' },
    { asked: client.lab.depth({ projectId, width: 7 }), setting: 'width', value: '7', range: '8 to 1024' },
    { asked: client.lab.depth({ projectId, depth: 2.5 }), setting: 'depth', value: '2.5', range: 'whole number' },
    { asked: client.lab.dropout({ projectId, rate: 1 }), setting: 'rate', value: '1', range: '0.05 to 0.95' },
    {
      asked: client.lab.penalties({ projectId, strengths: [0.1, 11] }),
      setting: 'strengths.1',
      value: '11',
      range: '1e-7 to 10',
    },
    { asked: client.lab.activationCurves({ projectId, from: 1 }), setting: 'from', value: '1', range: '-20 to -0.5' },
  ];
  for (const { asked, setting, value, range } of refusals) {
    await expect(asked).rejects.toMatchObject({
      message: expect.stringMatching(`${setting} ${value} cannot be used: .*${range}`) as string,
      data: { code: 'setting/out-of-range', details: { setting, value } },
    });
  }
});

test('a project without pictures, and a backbone that is not known, are refused', async () => {
  const { client, projectId } = await makeProject();
  const { id: empty } = await client.projects.create({});
  await expect(client.lab.depth({ projectId: empty })).rejects.toMatchObject({ data: { code: 'dataset/empty' } });
  const asked = client.lab.dropout({ projectId, backbone: 'roof' });
  await expect(asked).rejects.toMatchObject({ data: { code: 'backbone/unknown' } });
});
