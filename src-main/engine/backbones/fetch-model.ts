/** A TF.js model over HTTP, as TF.js itself loads it: `model.json`, then the weight files that it names. */
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { download, type DownloadOptions } from './download.ts';
import { BackboneFormatError } from './format-error.ts';
import { manifestBytes, weightsManifest, type WeightsManifest } from './tfjs-weights.ts';

/** A graph of thousands of nodes takes a megabyte. */
const MAX_MODEL_JSON_BYTES = 64e6;
const MAX_SINGLE_FILE_BYTES = 2e9;

export interface FetchOptions extends Pick<DownloadOptions, 'signal' | 'silenceMs'> {
  /** Gets the bytes of all files there so far, and all that there will be, where it is known. */
  readonly onBytes?: (done: number, total: number | null) => void;
}

/**
 * Brings all files of a model into a folder. Those that an earlier attempt brought whole are kept if `model.json` is still
 * the same.
 *
 * @param address  of `model.json`, of a module of a hub (`…/classification/1`), or of a single `.h5` or `.keras` file.
 * @returns names of the files.
 * @throws EngineError `backbone/unreachable`; BackboneFormatError if it is no TF.js model.
 */
export async function fetchModel(address: string, folder: string, options: FetchOptions = {}): Promise<string[]> {
  const single = /([^/]+\.(?:h5|hdf5|keras))$/i.exec(new URL(address).pathname)?.[1];
  if (single !== undefined) {
    const name = plainName(single);
    await download(address, join(folder, name), { ...options, maxBytes: MAX_SINGLE_FILE_BYTES });
    return [name];
  }
  const modelUrl = modelAddress(address);
  const before = await readFile(join(folder, 'model.json')).catch(() => null);
  await download(modelUrl.href, join(folder, 'model.json'), { ...options, maxBytes: MAX_MODEL_JSON_BYTES });
  const content = await readFile(join(folder, 'model.json'));
  const manifest = readManifest(content);
  const isSame = before?.equals(content) ?? false;
  const total = content.length + manifestBytes(manifest);
  let done = content.length;
  for (const path of manifest.flatMap(({ paths }) => paths)) {
    const name = plainName(path);
    const target = join(folder, name);
    const whole = isSame ? await readFile(target).catch(() => null) : null;
    const start = done;
    const onBytes = (bytes: number) => {
      done = start + bytes;
      options.onBytes?.(done, total);
    };
    if (whole !== null) {
      onBytes(whole.length);
      continue;
    }
    if (!isSame && before !== null) await rm(`${target}.partial.json`, { force: true }); // of another model
    await download(new URL(`${path}${modelUrl.search}`, modelUrl).href, target, {
      ...options,
      onBytes,
      maxBytes: total,
    });
  }
  return ['model.json', ...manifest.flatMap(({ paths }) => paths)];
}

/** A hub gives a module's files where `tfjs-format=file` asks for them, as TF.js' `fromTFHub` does. */
function modelAddress(address: string): URL {
  const url = new URL(address);
  if (url.pathname.endsWith('.json')) return url;
  url.pathname = `${url.pathname.replace(/\/$/, '')}/model.json`;
  url.search = '?tfjs-format=file';
  return url;
}

/**
 * The weight files that a `model.json` names.
 *
 * @throws BackboneFormatError if it is none, or names files that lie elsewhere.
 */
export function readManifest(content: Uint8Array): WeightsManifest {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(content));
  } catch (cause) {
    throw new BackboneFormatError('model.json is not whole JSON', { cause });
  }
  const parsed = z.object({ weightsManifest }).safeParse(json);
  if (!parsed.success) throw new BackboneFormatError('model.json has no list of weight files, so it is no TF.js model');
  for (const { paths } of parsed.data.weightsManifest) paths.forEach(plainName);
  return parsed.data.weightsManifest;
}

/** @throws BackboneFormatError if a file's name would lead out of its folder. */
export function plainName(path: string): string {
  if (path === basename(path) && /^[\w.\- ]+$/.test(path) && !path.startsWith('.')) return path;
  throw new BackboneFormatError(`It names the file "${path}"; only files beside model.json can be read`);
}
