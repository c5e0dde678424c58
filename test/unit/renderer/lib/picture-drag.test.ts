import { expect, test } from 'vitest';
import { downloadOf } from '../../../../src-renderer/lib/picture-drag.ts';

test('a dragged picture is a download of what the server shows, named after its file', () => {
  const picture = { path: 'ants/a nest: 2.JPG', url: '/images/p/1?size=full' };
  expect(downloadOf(picture, 'http://127.0.0.1:8080/#/data')).toBe(
    'image/webp:a nest_ 2.webp:http://127.0.0.1:8080/images/p/1?size=full',
  );
});
