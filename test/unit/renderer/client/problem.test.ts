import { ORPCError } from '@orpc/client';
import { expect, test } from 'vitest';
import { isCancelled, ProblemError, toProblem } from '../../../../src-renderer/client/problem.ts';

test('a failure of the contract keeps its code and message', () => {
  const error = new ORPCError('FAILED', {
    status: 422,
    message: 'Only one class.',
    data: { code: 'dataset/one-class', details: {} },
  });
  expect(toProblem(error)).toEqual({ code: 'dataset/one-class', message: 'Only one class.' });
});

test('no answer at all is a lost connection', () => {
  expect(toProblem(new TypeError('Failed to fetch')).code).toBe('connection/lost');
});

test('a refused session is told apart from other failures', () => {
  expect(toProblem(new ORPCError('UNAUTHORIZED', { status: 401 })).code).toBe('session/refused');
  expect(toProblem(new ORPCError('INTERNAL_SERVER_ERROR', { status: 500, message: 'Oops' }))).toEqual({
    code: 'internal',
    message: 'Oops',
  });
});

test('an upload that was refused keeps its code, an unknown one counts as internal', () => {
  expect(toProblem(new ProblemError('storage/full', 'Full.'))).toEqual({ code: 'storage/full', message: 'Full.' });
  expect(toProblem(new ProblemError('odd', 'What?')).code).toBe('internal');
});

test('cancelling is not failing', () => {
  expect(isCancelled(new DOMException('stopped', 'AbortError'))).toBe(true);
  expect(isCancelled(new ORPCError('FAILED', { data: { code: 'run/cancelled', details: {} } }))).toBe(true);
  expect(isCancelled(new Error('no'))).toBe(false);
});
