/** Hostile pictures sent to a served model, with the real process that holds it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { predictAnswer, problem } from '../../src-main/contract/model-service.ts';
import { decodeImage } from '../../src-main/engine/images/decode.ts';
import { saveClassifier } from '../../src-main/engine/network/classifier.ts';
import { startModelServer, type ModelServer } from '../../src-main/server/model-server.ts';
import { SILENT_LOG } from '../../src-main/studio/log.ts';
import { cornerClassifier } from '../helpers/classifiers.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { numberedPicture } from '../helpers/image-folders.ts';
import { buildWorkers } from '../helpers/server.ts';
import { shared } from '../helpers/shared.ts';

const SIZE = 64;
const folder = shared('data/bad-images');
let workers: Awaited<ReturnType<typeof buildWorkers>>;
let server: ModelServer;
beforeAll(async () => {
  workers = await buildWorkers();
  const modelFolder = await temporaryFolder();
  await saveClassifier(modelFolder, cornerClassifier(SIZE));
  server = await startModelServer({
    modelFolder,
    name: 'corners',
    host: '127.0.0.1',
    port: 0,
    queueLength: 16,
    mostPictureBytes: 20 * 2 ** 20,
    top: null,
    token: null,
    log: SILENT_LOG,
    worker: workers.classify,
  });
});
afterAll(async () => {
  await server.close();
  await workers.remove();
});

function post(bytes: Buffer): Promise<Response> {
  const headers = { 'content-type': 'application/octet-stream' };
  return fetch(`${server.url}/predict`, { method: 'POST', body: new Uint8Array(bytes), headers });
}

async function expectWell(): Promise<void> {
  expect((await post(await numberedPicture(1))).status).toBe(200);
}

test.skipIf(folder === null)(
  'each hostile file is refused in the decoder’s words, or answered, and nothing breaks',
  async () => {
    for (const name of readdirSync(folder!).sort()) {
      const bytes = readFileSync(join(folder!, name));
      if (bytes.length === 0) continue; // an empty body: test/contract/model-server.test.ts
      const [response, decoded] = [await post(bytes), await decodeImage(bytes, SIZE)];
      const found: unknown = await response.json();
      if (decoded.ok) expect(predictAnswer.parse(found).predictions, name).toHaveLength(1);
      else
        expect(problem.parse(found).skipped, name).toEqual([
          { file: null, code: 'image/unreadable', message: decoded.reason },
        ]);
    }
    await expectWell();
  },
);

test('a small file that unfolds into more pixels than the limit is refused by its header', async () => {
  const bomb = await sharp({ create: { width: 12_000, height: 9_000, channels: 3, background: '#3070b0' } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  const response = await post(bomb);
  expect(response.status).toBe(422);
  expect(problem.parse(await response.json()).detail).toContain('too large: 12000×9000 pixels');
  await expectWell();
});

test('200 clients at once are each answered, or told to come again', async () => {
  const picture = await numberedPicture(2, 800, 600);
  const responses = await Promise.all(Array.from({ length: 200 }, () => post(picture)));
  const counts = new Map<number, number>();
  for (const { status, headers } of responses) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (status === 503) expect(headers.get('retry-after')).toBe('1');
  }
  expect([...counts.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(counts.get(200)).toBeGreaterThanOrEqual(16);
  await expectWell();
});
