import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import { decodeAhead } from '../../../../src-main/engine/images/decode-ahead.ts';
import { decodeImage } from '../../../../src-main/engine/images/decode.ts';
import { createMemoryBudget } from '../../../../src-main/engine/images/memory-budget.ts';
import { makeImageFolder } from '../../../helpers/image-folders.ts';

async function numbered(count: number, extra = {}): Promise<string[]> {
  const folder = await makeImageFolder({ '.': count, ...extra });
  return Array.from({ length: count }, (_, index) => join(folder, `${index + 1}.jpg`));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('pictures come in the order of the files, bad ones in their place, each as decoded alone', async () => {
  const files = await numbered(9);
  files.splice(4, 0, join(files[0]!, '..', 'absent.jpg'));
  const found = await all(decodeAhead(files, { sizePx: 24, concurrency: 3 }));
  const alone = await Promise.all(files.map((file) => decodeImage(file, 24)));
  expect(found).toEqual(alone.map((decoded, index) => ({ index, decoded })));
  expect(found[4]?.decoded).toEqual({ ok: false, reason: 'unreadable: no such file' });
});

test('no files give no pictures', async () => {
  expect(await all(decodeAhead([], { sizePx: 24 }))).toEqual([]);
});

test('an abort ends the sequence with its reason, even while a picture is awaited', async () => {
  const files = await numbered(30);
  const stop = new AbortController();
  const reason = new EngineError('run/cancelled', 'Stopped.');
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { index } of decodeAhead(files, { sizePx: 24, concurrency: 2, signal: stop.signal })) {
      seen.push(index);
      if (index === 3) setImmediate(() => stop.abort(reason));
    }
  })();
  await expect(reading).rejects.toBe(reason);
  expect(seen.length).toBeLessThan(30);
});

test('a signal that is aborted already decodes nothing', async () => {
  const files = await numbered(2);
  const reason = new Error('too late');
  await expect(all(decodeAhead(files, { sizePx: 24, signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
});

test('a consumer may stop early', async () => {
  const files = await numbered(12);
  for await (const { index } of decodeAhead(files, { sizePx: 24, concurrency: 2 })) if (index === 1) break;
  expect(await all(decodeAhead(files, { sizePx: 24, concurrency: 2 }))).toHaveLength(12);
});

test('pictures that were handed over are free while others are still decoded, with a signal and without', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  for (const signal of [undefined, new AbortController().signal]) {
    const handedOver: WeakRef<object>[] = [];
    for await (const { index, decoded } of decodeAhead(await numbered(40), { sizePx: 24, concurrency: 2, signal })) {
      handedOver.push(new WeakRef(decoded));
      if (index !== 39) continue;
      await sleep(10); // what was the turn's own may go now
      collectGarbage();
      expect(handedOver.filter((picture) => picture.deref() !== undefined).length).toBeLessThan(10);
    }
  }
});

test('the memory budget runs what fits side by side, in order, and a giant alone', async () => {
  const budget = createMemoryBudget(10);
  const log: string[] = [];
  let running = 0;
  let most = 0;
  const task = (name: string, bytes: number) =>
    budget.run(bytes, async () => {
      running += Math.min(bytes, 10);
      most = Math.max(most, running);
      log.push(name);
      await sleep(5);
      running -= Math.min(bytes, 10);
    });
  await Promise.all([task('a', 4), task('b', 4), task('c', 4), task('giant', 99), task('d', 1)]);
  expect(log).toEqual(['a', 'b', 'c', 'giant', 'd']);
  expect(most).toBeLessThanOrEqual(10);
});

test('the memory budget is given back when a task fails', async () => {
  const budget = createMemoryBudget(10);
  await expect(budget.run(10, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await budget.run(10, () => Promise.resolve('yes'))).toBe('yes');
});
