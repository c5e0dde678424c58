import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Edit } from '../../../src-main/contract/edits.ts';
import { appendToEditLog, readEditLog, standingOf, type EditStep } from '../../../src-main/studio/edit-log.ts';
import { describeEdit } from '../../../src-main/studio/edit-words.ts';
import { hashOf } from '../../helpers/manifests.ts';
import { temporaryFolder } from '../../helpers/server.ts';

const at = '2026-01-02T03:04:05.000Z';
const exclude = (content: string): EditStep => ({
  type: 'edit',
  at,
  edit: { kind: 'exclude', contents: [hashOf(content)] },
});
const [undo, redo]: EditStep[] = [
  { type: 'undo', at },
  { type: 'redo', at },
];

async function write(file: string, steps: readonly EditStep[]): Promise<void> {
  for (const step of steps) await appendToEditLog(file, await readEditLog(file), step);
}

test('steps come back in their order, and nothing that was written is changed', async () => {
  const file = join(await temporaryFolder(), 'edits.jsonl');
  expect(await readEditLog(file)).toEqual({ steps: [], goodBytes: 0, isTorn: false });
  const steps = [exclude('a'), undo!, redo!, exclude('b')];
  await write(file, steps.slice(0, 2));
  const before = await readFile(file, 'utf8');
  await write(file, steps.slice(2));
  const after = await readFile(file, 'utf8');
  expect(after.startsWith(before)).toBe(true);
  expect(await readEditLog(file)).toEqual({ steps, goodBytes: Buffer.byteLength(after), isTorn: false });
});

test('cut off at any byte, a log keeps its whole lines, tells of the rest, and goes on after them', async () => {
  const file = join(await temporaryFolder(), 'edits.jsonl');
  const steps = [exclude('a'), undo!, exclude('b')];
  await write(file, steps);
  const whole = await readFile(file);
  const ends = [...whole.entries()].flatMap(([place, byte]) => (byte === 10 ? [place + 1] : []));
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length), async (length) => {
      await writeFile(file, whole);
      await truncate(file, length);
      const lines = ends.filter((end) => end <= length);
      const kept = Math.max(0, lines.length - 1); // the first is the header
      const read = await readEditLog(file);
      expect([read.steps.length, read.isTorn]).toEqual([kept, length > (lines.at(-1) ?? 0)]);
      await write(file, [redo!]);
      expect(await readEditLog(file)).toMatchObject({ steps: [...steps.slice(0, kept), redo], isTorn: false });
    }),
    { numRuns: 60 },
  );
});

test('a line that cannot be read, but for a torn last one, is named, and so is a file of another kind', async () => {
  const file = join(await temporaryFolder(), 'edits.jsonl');
  await write(file, [exclude('a')]);
  const good = await readFile(file, 'utf8');
  await appendFile(file, '{"type":"edit"}\n');
  await expect(readEditLog(file)).rejects.toMatchObject({ code: 'project/corrupt', details: { file, line: 3 } });
  await writeFile(file, good.replace('"version":1', '"version":2'));
  await expect(readEditLog(file)).rejects.toMatchObject({ code: 'project/corrupt', details: { line: 1 } });
});

test('undo takes the last edit back, redo does it again, and a new edit ends redoing', () => {
  const namesOf = (...steps: readonly EditStep[]) => {
    const { done, undone } = standingOf(steps);
    const nameOf = ({ edit }: { edit: Edit }) => ['a', 'b', 'c'].find((one) => 'contents' in edit && edit.contents[0] === hashOf(one)); // prettier-ignore
    return [done.map(nameOf).join(''), undone.map(nameOf).join('')];
  };
  const [a, b, c] = [exclude('a'), exclude('b'), exclude('c')];
  expect(namesOf(a, b, undo!)).toEqual(['a', 'b']);
  expect(namesOf(a, b, undo!, undo!)).toEqual(['', 'ab']);
  expect(namesOf(a, b, undo!, undo!, redo!)).toEqual(['a', 'b']);
  expect(namesOf(a, b, undo!, c)).toEqual(['ac', '']);
  expect(namesOf(a, b, undo!, c, undo!, redo!)).toEqual(['ac', '']);
});

test('an edit is worded, with what another language needs to word it again', () => {
  const cat = { id: 'cat', name: 'cat' };
  const contents = [hashOf('a'), hashOf('b')];
  const edits: Edit[] = [
    { kind: 'relabel', contents, class: cat },
    { kind: 'include', contents: contents.slice(1) },
    { kind: 'move-to-split', contents, split: 'validation' },
    { kind: 'move-to-split', contents, split: null },
    { kind: 'rename-class', class: cat, newName: '고양이' },
    { kind: 'merge-classes', classes: [cat, { id: 'd', name: 'dog' }], into: { id: 'p', name: 'pet' } },
    { kind: 'remove-class', class: cat },
  ];
  expect(edits.map((edit) => describeEdit(edit))).toEqual([
    { words: 'Relabelled 2 pictures as "cat"', edit: { kind: 'relabel', pictureCount: 2, className: 'cat' } },
    { words: 'Included 1 picture', edit: { kind: 'include', pictureCount: 1 } },
    { words: 'Moved 2 pictures to validation', edit: { kind: 'move-to-split', pictureCount: 2, split: 'validation' } },
    {
      words: 'Gave 2 pictures back to the automatic split',
      edit: { kind: 'move-to-split', pictureCount: 2, split: null },
    },
    {
      words: 'Renamed class "cat" to "고양이"',
      edit: { kind: 'rename-class', className: 'cat', newName: '고양이' },
    },
    {
      words: 'Merged classes "cat", "dog" into "pet"',
      edit: { kind: 'merge-classes', classNames: ['cat', 'dog'], into: 'pet' },
    },
    { words: 'Removed class "cat"', edit: { kind: 'remove-class', className: 'cat' } },
  ]);
});
