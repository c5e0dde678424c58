import { copyFile, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { EngineError } from '../../contract/errors.ts';
import { readManifest } from './fetch-model.ts';

/**
 * Copies the files of a model of this machine.
 *
 * @param path    a folder that holds `model.json` with its weight files, or one `.h5` or `.keras` file; or such a file.
 * @param folder  where they go.
 * @returns names of the files.
 * @throws EngineError `backbone/unreadable` if there is no model; BackboneFormatError if its files are not all there.
 */
export async function copyModel(path: string, folder: string): Promise<string[]> {
  const file = await modelFileAt(path);
  if (extname(file) !== '.json') {
    await copyFile(file, join(folder, basename(file)));
    return [basename(file)];
  }
  const paths = readManifest(await readFile(file)).flatMap((group) => group.paths);
  await copyFile(file, join(folder, 'model.json'));
  for (const name of paths) {
    await copyFile(join(dirname(file), name), join(folder, name)).catch((cause: unknown) => {
      throw unreadable(path, `its weight file ${name} cannot be read`, cause);
    });
  }
  return ['model.json', ...paths];
}

async function modelFileAt(path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, 'there is no such file or folder', cause);
  });
  if (!found.isDirectory()) {
    if (/\.(json|h5|hdf5|keras)$/i.test(path)) return path;
    throw unreadable(path, `it is no model that can be read`);
  }
  const names = await readdir(path);
  if (names.includes('model.json')) return join(path, 'model.json');
  const [first, second] = names.filter((name) => /\.(h5|hdf5|keras)$/i.test(name));
  if (first === undefined) throw unreadable(path, 'it holds no model');
  if (second !== undefined) throw unreadable(path, `it holds several models (${first}, ${second}); name one of them`);
  return join(path, first);
}

function unreadable(path: string, reason: string, cause?: unknown): EngineError {
  return new EngineError(
    'backbone/unreadable',
    `${path} cannot be added as a backbone: ${reason}. Give a TF.js model (model.json with its weight files) or a Keras .h5 or .keras file.`,
    { path, reason },
    { cause },
  );
}
