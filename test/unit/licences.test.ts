import { join } from 'node:path';
import { expect, test } from 'vitest';
import { licencesOf } from '../../scripts/licences.js';
import { repositoryRoot } from '../helpers/shared.ts';

const svelte = join(repositoryRoot, 'node_modules', 'svelte', 'src', 'index-client.js');
const listed = licencesOf(repositoryRoot, [svelte, '\0virtual', join(repositoryRoot, 'src-renderer', 'main.ts')]);
const names = listed.map(({ name }) => name);

test('what runs beside Fovea is listed with its own dependencies, and of what builds it only what goes into the page', () => {
  expect(names).toEqual(
    expect.arrayContaining(['sharp', 'onnxruntime-node', 'onnxruntime-common', 'svelte', 'electron']),
  );
  expect(names).not.toContain('vitest');
  expect(names).not.toContain('bits-ui'); // no file of it was named
});

test('each package has a version and a licence, and the text of the licence goes along where the package brings it', () => {
  expect(listed.filter(({ version, licence }) => version === '' || licence === 'UNKNOWN')).toEqual([]);
  const own = listed.find(({ name }) => name === 'svelte');
  expect(own?.licence).toBe('MIT');
  expect(own?.text).toContain('Permission is hereby granted, free of charge');
});
