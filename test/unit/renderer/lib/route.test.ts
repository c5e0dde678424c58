import { expect, test } from 'vitest';
import { HOME, parseRoute, projectHref, SETTINGS_HREF, STEPS } from '../../../../src-renderer/lib/route.ts';

test('an address leads back to the place it was made for', () => {
  const href = projectHref('ants-1', 'evaluate', 'run 2', { truth: '개미/벌 & co', predicted: 'b?c#d', show: null });
  expect(parseRoute(href)).toEqual({
    screen: 'project',
    projectId: 'ants-1',
    step: 'evaluate',
    runId: 'run 2',
    query: { truth: '개미/벌 & co', predicted: 'b?c#d' },
  });
});

test('an address without a step opens the data', () => {
  expect(parseRoute('#/projects/p')).toEqual({
    screen: 'project',
    projectId: 'p',
    step: 'data',
    runId: null,
    query: {},
  });
  expect(parseRoute('#/projects/p/nonsense')).toMatchObject({ step: 'data' });
});

test('each screen of a project has an address, and settings have one outside of projects', () => {
  expect(STEPS.map((step) => parseRoute(projectHref('p', step)))).toEqual(
    ['data', 'augment', 'train', 'coach', 'evaluate', 'try', 'export', 'lab', 'settings'].map((step) => ({
      screen: 'project',
      projectId: 'p',
      step,
      runId: null,
      query: {},
    })),
  );
  expect(parseRoute(SETTINGS_HREF)).toEqual({ screen: 'settings' });
});

test('anything else is home', () => {
  expect(['', '#', '#/', '#/projects', '#/projects/', '#/other/p'].map(parseRoute)).toEqual(Array(6).fill(HOME));
});

test('a lone percent sign typed by hand does no harm', () => {
  expect(parseRoute('#/projects/100%/train')).toMatchObject({ projectId: '100%', step: 'train' });
});
