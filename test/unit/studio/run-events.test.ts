import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SILENT_LOG } from '../../../src-main/studio/log.ts';
import { EventLog, readEvents } from '../../../src-main/studio/run-events.ts';
import { temporaryFolder } from '../../helpers/server.ts';

const progress = (done: number) => ({ type: 'progress', stage: 'features', done, total: 9 }) as const;

async function writeLog(file: string, count: number): Promise<void> {
  const log = await EventLog.open(file, SILENT_LOG);
  for (let index = 0; index < count; index++) log.append(progress(index), index * 10);
  await log.close();
}

test('events are numbered from 1 without gaps and come back as they were', async () => {
  const file = join(await temporaryFolder(), 'events.jsonl');
  await writeLog(file, 3);
  await writeLog(file, 2);
  const { events } = await readEvents(file);
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  expect(events[1]).toEqual({ seq: 2, atMs: 10, event: progress(1) });
});

test('cut off at any byte, a log keeps its whole lines and goes on after them', async () => {
  const file = join(await temporaryFolder(), 'events.jsonl');
  await writeFile(file, '');
  await writeLog(file, 4);
  const whole = await readFile(file);
  const ends = [...whole.entries()].flatMap(([at, byte]) => (byte === 10 ? [at + 1] : []));
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length), async (length) => {
      await writeFile(file, whole);
      await truncate(file, length);
      const kept = ends.filter((end) => end <= length).length;
      await writeLog(file, 1);
      const { events } = await readEvents(file);
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: kept + 1 }, (_, index) => index + 1));
    }),
    { numRuns: 60 },
  );
});

test('a line that is no event ends what is read, and is cut off before the log goes on', async () => {
  const file = join(await temporaryFolder(), 'events.jsonl');
  await writeLog(file, 2);
  await appendFile(file, '{"seq":3,"atMs":1,"event":{"type":"unknown"}}\n{"seq":4}\n');
  expect((await readEvents(file)).events).toHaveLength(2);
  await writeLog(file, 1);
  expect((await readEvents(file)).events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});
