import { expect, test } from 'vitest';
import { pictureFilter, type ListedPicture, type PictureFilter } from '../../../src-main/contract/dataset.ts';
import { matcherOf } from '../../../src-main/studio/picture-filter.ts';

function picture(path: string, changes: Partial<ListedPicture> = {}): ListedPicture {
  const facts = { width: 4, height: 3, orientation: 1, sizeBytes: 10, sha256: path };
  const edits = { isExcluded: false, relabelledFrom: null, isSplitEdited: false };
  return { id: path, path, className: path.split('/')[0] ?? '', split: 'training', ...facts, ...edits, ...changes };
}

const PICTURES = [
  picture('cat/IMG_1 Garden.jpg'),
  picture('cat/2.jpg', { isExcluded: true }),
  picture('cat/3.jpg', { className: 'dog', relabelledFrom: 'cat' }),
  picture('dog/cafe\u0301.jpg', { split: 'validation', isSplitEdited: true }),
  picture('owl/5.jpg', { split: 'validation' }),
];

const found = (filter: Partial<PictureFilter>) =>
  PICTURES.filter(matcherOf(pictureFilter.parse(filter))).map((one) => PICTURES.indexOf(one));

test.each<[Partial<PictureFilter>, number[]]>([
  [{}, [0, 2, 3, 4]],
  [{ className: 'dog' }, [2, 3]],
  [{ classNames: ['cat', 'owl'] }, [0, 4]],
  [{ className: 'dog', classNames: ['owl'] }, [2, 3, 4]],
  [{ classNames: [] }, []],
  [{ split: 'validation' }, [3, 4]],
  [{ excluded: 'show' }, [0, 1, 2, 3, 4]],
  [{ excluded: 'only' }, [1]],
  [{ excluded: 'show', split: 'training' }, [0, 2]], // what is left out is in no split
  [{ isEdited: true }, [2, 3]],
  [{ isEdited: true, excluded: 'show' }, [1, 2, 3]],
  [{ isEdited: false }, [0, 4]],
  [{ search: 'garden img' }, [0]],
  [{ search: 'CAF\u00c9' }, [3]],
  [{ search: 'cat/', isEdited: true }, [2]],
])('the filter %j', (filter, expected) => {
  expect(found(filter)).toEqual(expected);
});
