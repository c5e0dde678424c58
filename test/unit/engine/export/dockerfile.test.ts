/** The Dockerfile of an ONNX export. No Docker here: what can be told from its text is. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { onnx } from '../../../../src-main/engine/export/formats/onnx.ts';
import { repositoryRoot } from '../../../helpers/shared.ts';

const FOLDER = join(repositoryRoot, 'assets', 'export', 'onnx');

/** Instruction and arguments, with continued lines joined and comments left out. */
async function instructions(): Promise<(readonly [name: string, rest: string])[]> {
  const text = await readFile(join(FOLDER, 'Dockerfile'), 'utf8');
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
}

async function argumentsOf(name: string): Promise<string[]> {
  return (await instructions()).filter(([found]) => found === name).map(([, rest]) => rest);
}

test('it copies the model and its two programs, all of which an export holds', async () => {
  const [copied = '', ...more] = await argumentsOf('COPY');
  expect(more).toEqual([]);
  const exported = [...onnx.samples.map((path) => basename(path)), 'model.onnx'];
  const files = copied.split(' ').slice(0, -1);
  expect(files.sort()).toEqual(['model.onnx', 'picture.py', 'serve.py']);
  expect(files.filter((name) => !exported.includes(name))).toEqual([]);
});

test('it ends as a user without rights, before the program starts', async () => {
  const names = (await instructions()).map(([name]) => name);
  expect(await argumentsOf('USER')).toEqual(['classifier']);
  expect((await argumentsOf('RUN')).join('\n')).toMatch(/useradd .*classifier/);
  expect(names.indexOf('USER')).toBeGreaterThan(names.lastIndexOf('RUN'));
  expect(names.indexOf('USER')).toBeLessThan(names.lastIndexOf('CMD'));
});

test('it listens where the outside of a container can reach it, says so, and tells whether it is well', async () => {
  const settings = (await argumentsOf('ENV')).join(' ');
  expect(settings).toContain('HOST=0.0.0.0');
  expect(await argumentsOf('EXPOSE')).toEqual([/PORT=(\d+)/.exec(settings)?.[1]]);
  const [check = ''] = await argumentsOf('HEALTHCHECK');
  const command = JSON.parse(check.slice(check.indexOf('['))) as string[];
  expect(command[0]).toBe('python');
  expect(command.at(-1)).toContain('/healthz');
  expect(await argumentsOf('CMD')).toEqual(['["python", "serve.py"]']);
});

test('it installs the versions that the tests of Python run with', async () => {
  const [install = ''] = await argumentsOf('RUN');
  const requirements = await readFile(join(repositoryRoot, 'test', 'interop', 'requirements.txt'), 'utf8');
  const locked = requirements.match(/^[a-z-]+==[\d.]+/gm);
  const installed = install.match(/[a-z]+==[\d.]+/g) ?? [];
  expect(installed.map((pin) => pin.split('==')[0])).toEqual(['onnxruntime', 'pillow', 'numpy']);
  expect(locked).toEqual(expect.arrayContaining(installed));
  expect(await argumentsOf('FROM')).toEqual(['python:3.12-slim']);
});
