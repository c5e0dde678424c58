import { describe, expect, test } from 'vitest';
import { datasetSummary, type Split } from '../../../../src-main/contract/dataset.ts';
import { EngineError } from '../../../../src-main/contract/errors.ts';
import { scanFolder } from '../../../../src-main/engine/dataset/scan.ts';
import { requireTrainable, summarise } from '../../../../src-main/engine/dataset/summary.ts';
import { makeImageFolder, type FolderPlan } from '../../../helpers/image-folders.ts';

const CONFIG = { seed: 0, validationFraction: 0.2, testFraction: 0 };

async function summaryOf(plan: FolderPlan) {
  const summary = summarise(await scanFolder(await makeImageFolder(plan)), CONFIG);
  return datasetSummary.parse(summary); // as the contract has it
}

test('a good folder is summed up class by class and blocks nothing', async () => {
  expect(await summaryOf({ dog: 5, cat: 10, 'cat/x.jpg': 'x' })).toEqual({
    classes: [
      { name: 'cat', imageCount: 10, counts: { training: 8, validation: 2, test: 0 }, missingCount: 0 },
      { name: 'dog', imageCount: 5, counts: { training: 4, validation: 1, test: 0 }, missingCount: 0 },
    ],
    imageCount: 15,
    excludedCount: 0,
    splitSource: 'seed',
    skipped: [{ path: 'cat/x.jpg', reason: 'not a picture: a text file' }],
    blocker: null,
  });
});

describe('why training cannot start', () => {
  test.each<[string, FolderPlan, string, string]>([
    [
      'an empty folder',
      {},
      'dataset/empty',
      'The folder is empty. Choose a folder that holds one folder of pictures (JPEG, PNG, WebP, …) for each class.',
    ],
    [
      'pictures without class folders',
      { '.': 3 },
      'dataset/empty',
      '3 pictures lie loose, in no class folder. Put the pictures of each class into a folder named after it.',
    ],
    [
      'everything corrupt',
      { 'cat/1.jpg': 'x', 'dog/2.jpg': 'x' },
      'dataset/empty',
      'The folder has no usable picture; 2 entries were skipped, each listed with its reason. Choose a folder that holds one folder of pictures (JPEG, PNG, WebP, …) for each class.',
    ],
    [
      'one class',
      { cat: 4 },
      'dataset/one-class',
      'Only one class was found: "cat" (4 pictures). A classifier needs at least two: give each class a folder of its own, and choose the folder around them.',
    ],
    [
      'a class of one picture',
      { cat: 4, dog: 1 },
      'dataset/too-few-images',
      'Class "dog" has only 1 usable picture; each class needs at least 2, one to learn from and one to check with. Add pictures or remove the class.',
    ],
    [
      'a class of broken pictures, and another short one',
      { cat: 4, dog: 1, 'bee/a.jpg': 'x' },
      'dataset/too-few-images',
      'Class "bee" has no usable picture; each class needs at least 2, one to learn from and one to check with. Add pictures or remove the class. The same goes for "dog" (1).',
    ],
  ])('%s', async (_, plan, code, message) => {
    expect((await summaryOf(plan)).blocker).toEqual({ code, message });
  });

  test('what is missing is counted for each class', async () => {
    const { classes } = await summaryOf({ cat: 4, dog: 1, 'bee/a.jpg': 'x' });
    expect(classes.map(({ name, missingCount }) => [name, missingCount])).toEqual([
      ['bee', 2],
      ['cat', 0],
      ['dog', 1],
    ]);
  });
});

describe('once decoding has dropped pictures, the same rules are held again', () => {
  const pictures = (className: string, ...splits: Split[]) => splits.map((split) => ({ className, split }));
  const cats = pictures('cat', 'training', 'training', 'validation');

  function errorOf(remaining: readonly { className: string; split: Split }[]): [string, string] | null {
    try {
      requireTrainable(remaining, ['cat', 'dog']);
      return null;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return [error.code, error.message];
    }
  }

  test('enough is left', () => {
    expect(errorOf([...cats, ...pictures('dog', 'training', 'training')])).toBeNull();
  });

  test('a class lost all, or all but one, or all that trained', () => {
    expect(errorOf(cats)).toEqual([
      'dataset/too-few-images',
      expect.stringMatching(/^Class "dog" has no usable picture;/),
    ]);
    expect(errorOf([...cats, ...pictures('dog', 'training')])).toEqual([
      'dataset/too-few-images',
      expect.stringMatching(/^Class "dog" has only 1 usable picture;/),
    ]);
    expect(errorOf([...cats, ...pictures('dog', 'validation', 'test')])).toEqual([
      'dataset/too-few-images',
      expect.stringMatching(/^None of the 2 pictures of class "dog" is for training;/),
    ]);
  });

  test('nothing is left to check with', () => {
    expect(errorOf([...pictures('cat', 'training', 'training'), ...pictures('dog', 'training', 'training')])).toEqual([
      'dataset/too-few-images',
      expect.stringMatching(/^No picture is left to check the model with/),
    ]);
  });

  test('nothing is left at all', () => {
    expect(errorOf([])?.[0]).toBe('dataset/empty');
  });
});
