import { expect, test } from 'vitest';
import { dataView, filterOf } from '../../../../src-renderer/lib/data-view.ts';

test('an address without filters shows every class, with what is left out greyed among it', () => {
  const view = dataView({});
  expect(view).toMatchObject({ show: 'all', className: null, search: '', split: null, isGrid: false });
  expect(filterOf(view)).toEqual({ excluded: 'show' });
});

test('filters add up, and words or a class make one grid of it', () => {
  const view = dataView({ class: 'cats', search: ' img 7 ', show: 'validation' });
  expect(view.isGrid).toBe(true);
  expect(filterOf(view)).toEqual({ className: 'cats', search: 'img 7', split: 'validation', excluded: 'hide' });
  expect(filterOf(dataView({ show: 'excluded' }))).toEqual({ excluded: 'only' });
  expect(filterOf(dataView({ show: 'edited' }))).toEqual({ isEdited: true, excluded: 'show' });
});

test('a filter that there is not is none', () => {
  expect(dataView({ show: 'everything' }).show).toBe('all');
});
