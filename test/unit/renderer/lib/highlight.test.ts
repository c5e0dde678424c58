import { expect, test } from 'vitest';
import { highlight } from '../../../../src-renderer/lib/highlight.ts';

test('every character of the sample is kept', () => {
  const code = 'import json  # "labels"\nprint(f"import {x} # not a comment")\n"""\nimport nothing\n"""\n';
  expect(
    highlight(code, 'Python')
      .map(({ text }) => text)
      .join(''),
  ).toBe(code);
});

test('keywords and comments are told apart from what stands in strings', () => {
  const marked = highlight('import x # import\ns = "import # y"', 'Python').filter(({ kind }) => kind !== 'plain');
  expect(marked).toEqual([
    { kind: 'keyword', text: 'import' },
    { kind: 'comment', text: '# import' },
  ]);
});

test('an unknown language stays plain', () => {
  expect(highlight('import x', 'Fortran')).toEqual([{ kind: 'plain', text: 'import x' }]);
});
