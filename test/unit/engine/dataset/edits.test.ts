import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Edit, EditRequest } from '../../../../src-main/contract/edits.ts';
import type { Split } from '../../../../src-main/contract/dataset.ts';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import { applyEdits, listPictures, type Edited } from '../../../../src-main/engine/dataset/edits.ts';
import type { Manifest } from '../../../../src-main/engine/dataset/manifest.ts';
import { planEdit } from '../../../../src-main/engine/dataset/plan-edit.ts';
import { assignSplits } from '../../../../src-main/engine/dataset/split.ts';
import { standingOf, type EditStep } from '../../../../src-main/studio/edit-log.ts';
import { hashOf, manifestOf, pictureOf } from '../../../helpers/manifests.ts';

const SPLIT = { seed: 0, validationFraction: 0.2, testFraction: 0 };

/** Makes edits one after another, as the studio does. */
function edit(manifest: Manifest, ...requests: EditRequest[]): { edits: Edit[]; edited: Edited } {
  const edits: Edit[] = [];
  for (const request of requests) {
    const planned = planEdit(manifest, edits, request, `added/${edits.length}`);
    if (planned.edit !== null) edits.push(planned.edit);
  }
  return { edits, edited: applyEdits(manifest, edits) };
}

/** Class of each picture that is left, by path. */
const labelsOf = ({ manifest }: Edited) => Object.fromEntries(manifest.entries.map((one) => [one.path, one.className]));

const PETS = manifestOf({ cat: ['a', 'b'], dog: ['c', 'd'], owl: ['e'] });

test('without edits a manifest is what it was', () => {
  const edited = applyEdits(PETS, []);
  expect(edited.manifest).toEqual(PETS);
  expect([edited.classNames, edited.gone]).toEqual([[], { pictureCount: 0, classCount: 0 }]);
});

test('pictures are relabelled, left out and taken in again', () => {
  const { edited } = edit(
    PETS,
    { kind: 'relabel', pictureIds: ['cat/a.jpg', 'owl/e.jpg'], className: 'dog' },
    { kind: 'exclude', pictureIds: ['cat/b.jpg', 'dog/c.jpg'] },
    { kind: 'include', pictureIds: ['dog/c.jpg'] },
  );
  expect(labelsOf(edited)).toEqual({ 'cat/a.jpg': 'dog', 'dog/c.jpg': 'dog', 'dog/d.jpg': 'dog', 'owl/e.jpg': 'dog' });
  expect(edited.manifest.classes).toEqual(['cat', 'dog', 'owl']); // an emptied class stays until it is merged or removed
  expect([...listPictures(edited, SPLIT)].map((one) => [one.path, one.relabelledFrom, one.isExcluded])).toEqual([
    ['cat/a.jpg', 'cat', false],
    ['cat/b.jpg', null, true],
    ['dog/c.jpg', null, false],
    ['dog/d.jpg', null, false],
    ['owl/e.jpg', 'owl', false],
  ]);
});

test('copies of a picture share its edits, in whatever class they lie', () => {
  const manifest = manifestOf({ cat: ['a', 'x'], dog: ['b', 'x#2'] });
  const planned = planEdit(manifest, [], { kind: 'relabel', pictureIds: ['cat/x.jpg'], className: 'dog' }, '');
  expect(planned.changedCount).toBe(1); // the copy is a dog already
  const twice = edit(manifest, { kind: 'relabel', pictureIds: ['dog/x#2.jpg'], className: 'cat' });
  expect(labelsOf(twice.edited)).toEqual({
    'cat/a.jpg': 'cat',
    'cat/x.jpg': 'cat',
    'dog/b.jpg': 'dog',
    'dog/x#2.jpg': 'cat',
  });
  expect(labelsOf(edit(manifest, { kind: 'exclude', pictureIds: ['cat/x.jpg'] }).edited)).toEqual({
    'cat/a.jpg': 'cat',
    'dog/b.jpg': 'dog',
  });
});

test('a chain of renames and merges ends at the class that it began with', () => {
  const { edited } = edit(
    PETS,
    { kind: 'rename-class', className: 'cat', newName: 'feline' },
    { kind: 'merge-classes', classNames: ['dog'], into: 'feline' },
    { kind: 'rename-class', className: 'feline', newName: 'pet' },
    { kind: 'add-class', className: 'dog' }, // the name is free again
    { kind: 'relabel', pictureIds: ['owl/e.jpg'], className: 'dog' },
  );
  expect(labelsOf(edited)).toEqual({
    'cat/a.jpg': 'pet',
    'cat/b.jpg': 'pet',
    'dog/c.jpg': 'pet',
    'dog/d.jpg': 'pet',
    'owl/e.jpg': 'dog',
  });
  expect(edited.manifest.classes).toEqual(['dog', 'owl', 'pet']);
  expect(edited.classNames).toEqual([
    { id: 'cat', name: 'pet', isLive: true },
    { id: 'dog', name: 'dog', isLive: false },
    { id: 'added/3', name: 'dog', isLive: true },
  ]);
});

test('two classes can swap their names', () => {
  const { edited } = edit(
    PETS,
    { kind: 'rename-class', className: 'cat', newName: 'x' },
    { kind: 'rename-class', className: 'dog', newName: 'cat' },
    { kind: 'rename-class', className: 'x', newName: 'dog' },
  );
  expect(labelsOf(edited)).toMatchObject({ 'cat/a.jpg': 'dog', 'dog/c.jpg': 'cat' });
});

test('a removed class takes its pictures along until they are relabelled', () => {
  const removal: EditRequest = { kind: 'remove-class', className: 'dog' };
  const { edits, edited } = edit(PETS, removal, { kind: 'relabel', pictureIds: ['dog/c.jpg'], className: 'owl' });
  expect(labelsOf(edited)).toEqual({ 'cat/a.jpg': 'cat', 'cat/b.jpg': 'cat', 'dog/c.jpg': 'owl', 'owl/e.jpg': 'owl' });
  expect(edited.manifest.classes).toEqual(['cat', 'owl']);
  expect(() => planEdit(PETS, edits, { kind: 'include', pictureIds: ['dog/d.jpg'] }, '')).toThrow(/"dog" was removed/);
});

test('files that were moved or renamed keep their edits; those of files that are gone wait, and are counted', () => {
  const { edits } = edit(
    PETS,
    { kind: 'relabel', pictureIds: ['cat/a.jpg'], className: 'dog' },
    { kind: 'exclude', pictureIds: ['owl/e.jpg', 'dog/c.jpg'] },
    { kind: 'move-to-split', pictureIds: ['dog/c.jpg'], split: 'validation' },
  );
  const moved = { ...pictureOf('owl', 'a'), path: 'owl/deep/other name.jpg' };
  const later: Manifest = { ...PETS, entries: [pictureOf('cat', 'b'), moved, pictureOf('owl', 'e')] };
  const edited = applyEdits(later, edits);
  expect(labelsOf(edited)).toEqual({ 'cat/b.jpg': 'cat', 'owl/deep/other name.jpg': 'dog' });
  expect(edited.gone).toEqual({ pictureCount: 1, classCount: 0 });
  expect(labelsOf(applyEdits(PETS, edits))).toEqual({ 'cat/a.jpg': 'dog', 'cat/b.jpg': 'cat', 'dog/d.jpg': 'dog' });
});

test('a label outlives the folder of its class, and a folder of a name that an edit gave joins that class', () => {
  const { edits } = edit(
    PETS,
    { kind: 'relabel', pictureIds: ['cat/a.jpg'], className: 'dog' },
    { kind: 'rename-class', className: 'owl', newName: 'bird' },
  );
  const later = manifestOf({ bird: ['f'], cat: ['a', 'b'], hound: ['c', 'd'], owl: ['e'] });
  const edited = applyEdits(later, edits);
  expect(labelsOf(edited)).toEqual({
    'bird/f.jpg': 'bird',
    'cat/a.jpg': 'dog',
    'cat/b.jpg': 'cat',
    'hound/c.jpg': 'hound',
    'hound/d.jpg': 'hound',
    'owl/e.jpg': 'bird',
  });
  expect(edited.manifest.classes).toEqual(['bird', 'cat', 'dog', 'hound']);
  expect(edited.gone).toEqual({ pictureCount: 0, classCount: 1 });
  // A class that only an edit names, with no picture, is none: its name is free, for a class that then stays.
  const emptied = edit(PETS, { kind: 'exclude', pictureIds: ['cat/a.jpg'] });
  const unused = applyEdits(later, [...edits, ...emptied.edits]);
  expect(unused.manifest.classes).toEqual(['bird', 'cat', 'hound']);
  const added = planEdit(later, [...edits, ...emptied.edits], { kind: 'add-class', className: 'dog' }, 'added/new');
  expect(added.after.manifest.classes).toEqual(['bird', 'cat', 'dog', 'hound']);
});

test('what a move to a split says wins over folders and seed, takes copies along and moves no other picture', () => {
  const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
  const manifest = manifestOf({ cat: [...names, 'n0#2'], dog: names.map((name) => `${name}-dog`) });
  const before = new Map(assignSplits(manifest.entries, SPLIT).map((one) => [one.path, one.split]));
  const validating = [...before].filter(([, split]) => split === 'validation').map(([path]) => path);
  const isFirst = (path: string) => path === 'cat/n0.jpg' || path === 'cat/n0#2.jpg';
  for (const split of ['training', 'validation', 'test'] as const) {
    const pictureIds = ['cat/n0.jpg', ...validating.filter((path) => !isFirst(path))];
    const { edited } = edit(manifest, { kind: 'move-to-split', pictureIds, split });
    const after = new Map(assignSplits(edited.manifest.entries, SPLIT).map((one) => [one.path, one.split]));
    const expected = new Map(
      [...before].map(([path, was]) => [path, isFirst(path) || pictureIds.includes(path) ? split : was]),
    );
    expect(after).toEqual(expected);
  }
  const folders = { ...PETS, entries: PETS.entries.map((one) => ({ ...one, folderSplit: 'validation' as Split })) };
  const { edits, edited } = edit(folders, { kind: 'move-to-split', pictureIds: ['cat/a.jpg'], split: 'training' });
  expect(assignSplits(edited.manifest.entries, SPLIT).map(({ split }) => split)).toEqual([
    'training',
    ...Array.from({ length: 4 }, () => 'validation'),
  ]);
  const back = planEdit(folders, edits, { kind: 'move-to-split', pictureIds: ['cat/a.jpg'], split: null }, '');
  expect(back.after.manifest).toEqual(folders);
});

/** What edits mean, told another way: each is carried out at once on pictures and names, and undo goes back to a copy. */
interface Model {
  classes: string[];
  pictures: { content: string; className: string; excluded: boolean; removed: boolean; split: Split | null }[];
}

function carryOut(model: Model, request: EditRequest, manifest: Manifest): void {
  const contents = 'pictureIds' in request ? request.pictureIds.map((id) => shaOf(manifest, id)) : [];
  const chosen = model.pictures.filter(({ content }) => contents.includes(content));
  const call = (from: string, to: string) => {
    for (const one of model.pictures) if (one.className === from && !one.removed) one.className = to;
    model.classes = [...new Set(model.classes.map((name) => (name === from ? to : name)))];
  };
  if (request.kind === 'relabel')
    for (const one of chosen) Object.assign(one, { className: request.className, removed: false });
  if (request.kind === 'exclude') for (const one of chosen) one.excluded = true;
  if (request.kind === 'include') for (const one of chosen) one.excluded = false;
  if (request.kind === 'move-to-split') for (const one of chosen) one.split = request.split;
  if (request.kind === 'rename-class') call(request.className, request.newName);
  if (request.kind === 'merge-classes') for (const name of request.classNames) call(name, request.into);
  if (request.kind === 'add-class') model.classes.push(request.className);
  if (request.kind === 'remove-class') {
    for (const one of model.pictures) if (one.className === request.className) one.removed = true;
    model.classes = model.classes.filter((name) => name !== request.className);
  }
}

const shaOf = ({ entries }: Manifest, id: string) => entries.find((one) => one.id === id)?.sha256 ?? '';

const seenOf = ({ classes, pictures }: Model) => ({
  classes: [...classes].sort(),
  pictures: pictures.flatMap((one, index) => (one.excluded || one.removed ? [] : [[index, one.className, one.split]])),
});
const shownBy = ({ manifest, entries, isExcluded }: Edited) => ({
  classes: [...manifest.classes].sort(),
  pictures: entries.flatMap((one, index) =>
    isExcluded(index) ? [] : [[index, one.className, one.editedSplit ?? null]],
  ),
});

const ZOO = manifestOf({ A: ['1', '2', '3'], B: ['4', '5', '1#2'], C: ['6', '7'] });
const pictureIds = fc.uniqueArray(fc.constantFrom(...ZOO.entries.map(({ id }) => id)), { minLength: 1, maxLength: 4 });
const name = fc.constantFrom('A', 'B', 'C', 'D', 'E');
const request: fc.Arbitrary<EditRequest> = fc.oneof(
  fc.record({ kind: fc.constant('relabel' as const), pictureIds, className: name }),
  fc.record({ kind: fc.constantFrom('exclude' as const, 'include' as const), pictureIds }),
  fc.record({
    kind: fc.constant('move-to-split' as const),
    pictureIds,
    split: fc.constantFrom('training' as const, 'validation' as const, 'test' as const, null),
  }),
  fc.record({ kind: fc.constant('rename-class' as const), className: name, newName: name }),
  fc.record({
    kind: fc.constant('merge-classes' as const),
    classNames: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
    into: name,
  }),
  fc.record({ kind: fc.constantFrom('add-class' as const, 'remove-class' as const), className: name }),
);
const step = fc.oneof({ weight: 5, arbitrary: request }, { weight: 2, arbitrary: fc.constantFrom('undo', 'redo') });

test('any edits, undone and redone in any order, do what they say', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (wishes) => {
      const first: Model = {
        classes: [...ZOO.classes],
        pictures: ZOO.entries.map(({ sha256, className }) => ({
          content: sha256,
          className,
          excluded: false,
          removed: false,
          split: null,
        })),
      };
      const states = [first];
      let position = 0;
      const steps: EditStep[] = [];
      const at = '2026-01-01T00:00:00.000Z';
      for (const [index, wish] of wishes.entries()) {
        if (typeof wish === 'string') {
          const to = position + (wish === 'undo' ? -1 : 1);
          if (states[to] === undefined) continue;
          position = to;
          steps.push({ type: wish === 'undo' ? 'undo' : 'redo', at });
        } else {
          const done = standingOf(steps).done.map(({ edit }) => edit);
          try {
            const planned = planEdit(ZOO, done, wish, `added/${index}`);
            if (planned.edit !== null) steps.push({ type: 'edit', at, edit: planned.edit });
            const next = structuredClone(states[position] as Model);
            carryOut(next, wish, ZOO);
            expect(planned.edit === null).toBe(JSON.stringify(next) === JSON.stringify(states[position]));
            if (planned.edit !== null) states.splice(++position, Infinity, next);
          } catch (error) {
            if (!(error instanceof EngineError)) throw error;
          }
        }
        const standing = standingOf(steps);
        expect([standing.done.length, standing.undone.length]).toEqual([position, states.length - 1 - position]);
        const edited = applyEdits(ZOO, standing.done.map(({ edit }) => edit)); // prettier-ignore
        expect(shownBy(edited)).toEqual(seenOf(states[position] as Model));
      }
    }),
    { numRuns: 400 },
  );
});

const refused = (request: EditRequest, manifest = PETS): string => {
  try {
    planEdit(manifest, [], request, 'added/1');
  } catch (error) {
    return error instanceof EngineError ? error.code : String(error);
  }
  return 'taken';
};

test('what cannot be done is refused by its reason', () => {
  const ids = ['cat/a.jpg'];
  expect(refused({ kind: 'relabel', pictureIds: ids, className: 'cow' })).toBe('dataset/class-not-found');
  expect(refused({ kind: 'exclude', pictureIds: [...ids, 'nothing'] })).toBe('dataset/picture-not-found');
  expect(refused({ kind: 'rename-class', className: 'cow', newName: 'ox' })).toBe('dataset/class-not-found');
  expect(refused({ kind: 'rename-class', className: 'cat', newName: 'Dog' })).toBe('dataset/name-taken');
  expect(refused({ kind: 'rename-class', className: 'cat', newName: 'Cat' })).toBe('taken'); // its own
  expect(refused({ kind: 'merge-classes', classNames: ['cat', 'cow'], into: 'dog' })).toBe('dataset/class-not-found');
  expect(refused({ kind: 'add-class', className: ' owl ' })).toBe('dataset/name-taken');
  expect(refused({ kind: 'remove-class', className: 'a' }, manifestOf({ a: ['1'] }))).toBe('dataset/last-class');
});

test.each([
  '', ' ', '.', '..', '.hidden', 'a/b', 'a\\b', 'a:b', 'what?', 'a\tb', 'nul', 'COM1.txt', 'end.', '__MACOSX',
  '가'.repeat(86), '\ud83d',
])('a class cannot be called %j', (className) => {
  expect(refused({ kind: 'add-class', className })).toBe('dataset/bad-name');
}); // prettier-ignore

test('a name is kept in Unicode NFC, in whatever script, without the space around it', () => {
  const { edited } = edit(PETS, { kind: 'add-class', className: ' cafe\u0301 고양이 🐈 ' });
  expect(edited.manifest.classes).toContain('caf\u00e9 고양이 🐈');
});

test('only what an edit changes is recorded, each content once', () => {
  const manifest = manifestOf({ cat: ['a', 'a#2', 'b'], dog: ['c'] });
  const pictureIds = ['cat/a.jpg', 'cat/a#2.jpg', 'dog/c.jpg'];
  const { edit: planned, changedCount } = planEdit(manifest, [], { kind: 'relabel', pictureIds, className: 'dog' }, '');
  expect(planned).toEqual({ kind: 'relabel', contents: [hashOf('a')], class: { id: 'dog', name: 'dog' } });
  expect(changedCount).toBe(2);
});
