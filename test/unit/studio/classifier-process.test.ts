import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SILENT_LOG } from '../../../src-main/studio/log.ts';
import { ClassifierProcess } from '../../../src-main/studio/classifier-process.ts';
import { FAKE_WORKERS, temporaryFolder } from '../../helpers/server.ts';

async function openProcess(modelFolder = 'a model') {
  const folder = await temporaryFolder();
  const logFile = join(folder, 'log');
  await writeFile(logFile, '');
  vi.stubEnv('FAKE_CLASSIFY_LOG', logFile);
  onTestFinished(() => void vi.unstubAllEnvs());
  const classifier = new ClassifierProcess({ modelFolder, worker: FAKE_WORKERS.classify, log: SILENT_LOG });
  onTestFinished(() => classifier.close());
  return {
    classifier,
    folder,
    classify: (text: string, signal?: AbortSignal) => classifier.classify(Buffer.from(text), signal),
    /** "picture batch-size", in the order in which they were begun. */
    begun: async () => (await readFile(logFile, 'utf8')).trim().split('\n'),
  };
}

test('the model tells its classes when it is open, and a picture gets its own verdict', async () => {
  const { classifier, classify } = await openProcess();
  expect(await classifier.open()).toEqual({ labels: ['cat', 'dog'], backbone: 'fake', engine: 'fake' });
  expect(await Promise.all(['0.25', 'broken', '0.75'].map((text) => classify(text)))).toEqual([
    { ok: true, probabilities: [0.25, 0.75] },
    { ok: false, reason: 'truncated: the file ends before the picture does' },
    { ok: true, probabilities: [0.75, 0.25] },
  ]);
});

test('pictures that wait together run together, sixteen at most', async () => {
  const { classifier, classify, begun } = await openProcess();
  await classifier.open();
  const texts = Array.from({ length: 20 }, (_, index) => `picture 0.${index}`);
  await Promise.all(texts.map((text) => classify(text)));
  expect(await begun()).toEqual(texts.map((text, index) => `${text} ${index < 16 ? 16 : 4}`));
});

test('a picture that crashes its reader is told from those beside it, which are classified all the same', async () => {
  const { classifier, classify, begun } = await openProcess();
  await classifier.open();
  const verdicts = await Promise.all(['slow 0.1', 'crash', '0.2'].map((text) => classify(text)));
  expect(verdicts).toEqual([
    { ok: true, probabilities: [0.1, 0.9] },
    { ok: false, reason: expect.stringMatching(/broke off.*SIGSEGV/) as string },
    { ok: true, probabilities: [0.2, 0.8] },
  ]);
  expect((await begun()).filter((line) => line.startsWith('crash'))).toEqual(['crash 3', 'crash 1']);
  expect(await classify('0.5')).toMatchObject({ ok: true });
});

test('a batch that fails as a whole says why, and the next one is taken', async () => {
  const { classifier, classify } = await openProcess();
  await classifier.open();
  await expect(classify('fail')).rejects.toMatchObject({ code: 'internal', message: /no memory/ });
  expect(await classify('0.5')).toMatchObject({ ok: true });
});

test('who has left before his turn is not served', async () => {
  const { classifier, classify, folder, begun } = await openProcess();
  await classifier.open();
  const gate = join(folder, 'gate');
  const first = classify(`wait for ${gate}`);
  await vi.waitUntil(async () => (await begun()).length === 1);
  const second = classify(`wait for ${gate}`);
  await vi.waitUntil(async () => (await begun()).length === 2);
  const left = new AbortController();
  const late = expect(classify('late 0.5', left.signal)).rejects.toMatchObject({ code: 'run/cancelled' });
  left.abort();
  await writeFile(gate, '');
  await late;
  await Promise.all([first, second]);
  expect((await begun()).join()).not.toContain('late');
});

test('a model that cannot be opened says why, and a process that breaks off before is no fault of a picture', async () => {
  await expect((await openProcess('missing')).classifier.open()).rejects.toMatchObject({ code: 'model/not-found' });
  const { classifier, classify } = await openProcess('dies');
  await expect(classifier.open()).rejects.toMatchObject({ code: 'run/crashed' });
  await expect(classify('0.5')).rejects.toMatchObject({ code: 'run/crashed' });
});

test('closing lets nobody wait for ever', async () => {
  const { classifier, classify, folder } = await openProcess();
  await classifier.open();
  const waiting = classify(`wait for ${join(folder, 'nothing')}`);
  setTimeout(() => classifier.close(), 0);
  await expect(waiting).rejects.toMatchObject({ code: 'run/cancelled' });
  await expect(classify('0.5')).rejects.toMatchObject({ code: 'run/cancelled' });
});
