import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from './shared.ts';

/** Set-up is JavaScript, so its types are told here. */
interface SetUp {
  findTestPython(root: string, cache?: string, name?: 'python' | 'formats'): Promise<string | null>;
}

/**
 * A Python with onnx, onnxruntime, pillow and numpy: `FOVEA_PYTHON`, else the one that `npm run setup -- --for-tests`
 * made. Null, with the reason printed, where there is none.
 */
export function testPython(): Promise<string | null> {
  return find('python', 'FOVEA_PYTHON');
}

/** The same with TensorFlow, Keras 3, tf_keras, h5py, LiteRT, MediaPipe and coremltools: `FOVEA_FORMATS_PYTHON`, else set-up's. */
export function formatsPython(): Promise<string | null> {
  return find('formats', 'FOVEA_FORMATS_PYTHON');
}

async function find(name: 'python' | 'formats', variable: string): Promise<string | null> {
  const given = process.env[variable];
  if (given) return given;
  const program = join(repositoryRoot, 'scripts', 'setup', 'test-python.js');
  const setUp = (await import(pathToFileURL(program).href)) as SetUp; // as: a path that is computed has no type
  const python = await setUp.findTestPython(repositoryRoot, process.env['FOVEA_SET_UP_CACHE'], name);
  if (python === null)
    process.stderr.write(`Skipping what needs Python: set-up has not made "${name}", ${variable} is not set.\n`);
  return python;
}

/** The same, where it has these packages too: those of some formats have no build for every system. */
export async function pythonWith(...packages: readonly string[]): Promise<string | null> {
  const python = await testPython();
  if (python === null) return null;
  try {
    execFileSync(python, ['-c', `import ${packages.join(', ')}`], { stdio: 'ignore' });
    return python;
  } catch {
    process.stderr.write(`Skipping what needs ${packages.join(' and ')} in Python: ${python} has not got it.\n`);
    return null;
  }
}
