import { expect, test } from 'vitest';
import { folderOfClass, parentOfClass, planImport } from '../../../../src-renderer/lib/import-plan.ts';

test('a folder of class folders is the dataset: its name goes to the project, not to the classes', () => {
  expect(planImport(['flowers/daisy/1.jpg', 'flowers/roses/2.jpg', 'flowers/readme.txt'])).toEqual({
    name: 'flowers',
    targets: ['daisy/1.jpg', 'roses/2.jpg', 'readme.txt'],
  });
});

test('train and val folders inside the dropped folder are kept', () => {
  expect(planImport(['set/train/ants/1.jpg', 'set/val/ants/2.jpg']).targets).toEqual([
    'train/ants/1.jpg',
    'val/ants/2.jpg',
  ]);
});

test('a folder that holds pictures directly is one class', () => {
  expect(planImport(['ants/1.jpg', 'ants/2.jpg'])).toEqual({ name: 'ants', targets: ['ants/1.jpg', 'ants/2.jpg'] });
});

test('several folders dropped together stay apart, and give no name', () => {
  expect(planImport(['ants/1.jpg', 'bees/2.jpg'])).toEqual({ name: null, targets: ['ants/1.jpg', 'bees/2.jpg'] });
  expect(planImport(['train/ants/1.jpg', 'val/ants/2.jpg']).targets).toEqual(['train/ants/1.jpg', 'val/ants/2.jpg']);
});

test('pictures without a folder have no class', () => {
  expect(planImport(['1.jpg', 'ants/2.jpg'])).toEqual({ name: 'ants', targets: [null, 'ants/2.jpg'] });
});

test('what is dropped onto a class goes into its folder, whatever it lay in', () => {
  const place = { classFolder: 'train/ants', newClassParent: '' };
  expect(planImport(['1.jpg', 'more/deep/2.jpg'], place)).toEqual({
    name: null,
    targets: ['train/ants/1.jpg', 'train/ants/2.jpg'],
  });
});

test('a new class joins the training folder of a dataset that is split by folders', () => {
  const place = { classFolder: null, newClassParent: 'train' };
  expect(planImport(['wasps/1.jpg', 'val/wasps/2.jpg'], place).targets).toEqual([
    'train/wasps/1.jpg',
    'val/wasps/2.jpg',
  ]);
});

test('the folder of a class is found from one of its pictures, by its normalised name', () => {
  const decomposed = '개미'.normalize('NFD');
  expect(folderOfClass(`train/${decomposed}/a/1.jpg`, '개미')).toBe(`train/${decomposed}`);
  expect(parentOfClass('train/ants/1.jpg', 'ants')).toBe('train');
  expect(parentOfClass('ants/1.jpg', 'ants')).toBe('');
  expect(folderOfClass('elsewhere/1.jpg', 'ants')).toBeNull();
});
