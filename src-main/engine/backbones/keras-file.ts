/** Keras models: `.h5` (Keras 1 to 3) and `.keras` (Keras 3, a zip). Topology and weights are read, nothing in them is run. */
import { unzipSync } from 'fflate';
import type { Dataset, File as H5File } from 'h5wasm';
import type { Parameter } from '../network/network.ts';
import { BackboneFormatError } from './format-error.ts';
import { readTopology, type LayersModel } from './tfjs-model-file.ts';

/** Far above any model that a picture is classified with; a hostile file may claim any size. */
const MAX_UNPACKED_BYTES = 2e9;

/**
 * Reads a Keras model from the bytes of its file.
 *
 * @throws BackboneFormatError if it is damaged, holds no model with weights, or holds a Lambda layer.
 */
export async function readKerasModel(bytes: Uint8Array): Promise<LayersModel> {
  return bytes[0] === 0x50 && bytes[1] === 0x4b ? readZip(bytes) : readH5(bytes);
}

async function readZip(bytes: Uint8Array): Promise<LayersModel> {
  const files = unzip(bytes);
  const config = files['config.json'];
  const weights = files['model.weights.h5'];
  if (!config || !weights)
    throw new BackboneFormatError('it holds no config.json with model.weights.h5, so it is no Keras model');
  const layers = readLayers(new TextDecoder().decode(config));
  return withH5(weights, (file) =>
    modelOf(layers, (layer, role, index) => {
      const place = variablesOf(layer).indexOf(role);
      return place < 0 ? null : dataset(file, `layers/${groupOf(layers, index)}/vars/${place}`);
    }),
  );
}

async function readH5(bytes: Uint8Array): Promise<LayersModel> {
  return withH5(bytes, (file) => {
    const config = file.attrs['model_config']?.value;
    if (typeof config !== 'string')
      throw new BackboneFormatError('it holds weights without a model; save the whole model, not its weights alone');
    return modelOf(readLayers(config), ({ name }, role) => {
      const group = `model_weights/${name}`;
      const paths = attributeOf(file, group, 'weight_names');
      const roleOf = (path: unknown) => String(path).replace(/:0$/, '').split('/').at(-1);
      const path = (Array.isArray(paths) ? paths : []).find((candidate) => roleOf(candidate) === role);
      return path === undefined ? null : dataset(file, `${group}/${String(path)}`);
    });
  });
}

/** Weights are read at once, so that the file can be closed. */
function modelOf(
  layers: LayersModel['layers'],
  find: (layer: LayersModel['layers'][number], role: string, index: number) => Dataset | null,
): LayersModel {
  const weights = new Map<string, Parameter>();
  for (const [index, layer] of layers.entries()) {
    for (const role of GROUPS[layer.className] === undefined ? [] : ROLES) {
      const found = find(layer, role, index);
      const name = `${layer.name}/${role}`;
      if (found !== null) weights.set(name, parameterOf(name, found));
    }
  }
  return { layers, weight: (name) => weights.get(name) ?? null };
}

const ROLES = ['kernel', 'depthwise_kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance'];

function readLayers(config: string): LayersModel['layers'] {
  let json: unknown;
  try {
    json = JSON.parse(config);
  } catch (cause) {
    throw new BackboneFormatError('its configuration is not whole JSON', { cause });
  }
  const layers = readTopology(json, 'its configuration');
  const lambda = layers.find(({ className }) => className === 'Lambda');
  if (lambda)
    throw new BackboneFormatError(`Layer "${lambda.name}" is a Lambda: a program, which is never run from a file`);
  return layers;
}

/** Keras 3 numbers the layers of each class in their order, whatever their names are. */
const GROUPS: Readonly<Record<string, string>> = {
  Conv2D: 'conv2d',
  DepthwiseConv2D: 'depthwise_conv2d',
  BatchNormalization: 'batch_normalization',
};

function groupOf(layers: LayersModel['layers'], index: number): string {
  const { className = '' } = layers[index] ?? {};
  const group = GROUPS[className] ?? '';
  const before = layers.slice(0, index).filter((layer) => layer.className === className).length;
  return before === 0 ? group : `${group}_${before}`;
}

/** Names of a layer's variables in the order of the file. */
function variablesOf({ className, config }: LayersModel['layers'][number]): string[] {
  if (className !== 'BatchNormalization') return config['use_bias'] === false ? ['kernel'] : ['kernel', 'bias'];
  const learned = [config['scale'] === false ? [] : ['gamma'], config['center'] === false ? [] : ['beta']].flat();
  return [...learned, 'moving_mean', 'moving_variance'];
}

function unzip(bytes: Uint8Array): Record<string, Uint8Array | undefined> {
  let total = 0;
  try {
    return unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (name !== 'config.json' && name !== 'model.weights.h5') return false;
        total += originalSize;
        if (total > MAX_UNPACKED_BYTES)
          throw new BackboneFormatError(`it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof BackboneFormatError) throw cause;
    throw new BackboneFormatError('it is a damaged zip file', { cause });
  }
}

/** Opens it in memory, where h5wasm sees no file of this machine, and closes it. */
async function withH5<T>(bytes: Uint8Array, read: (file: H5File) => T): Promise<T> {
  const h5 = await import('h5wasm'); // 4 MB, of use here alone
  const { FS, activate_throwing_error_handler: throwErrors } = await h5.ready;
  throwErrors(); // instead of printing them
  const name = '/model.h5';
  FS.writeFile(name, bytes);
  let file: H5File | null = null;
  try {
    file = new h5.File(name, 'r');
    return read(file);
  } catch (cause) {
    if (cause instanceof BackboneFormatError) throw cause;
    throw new BackboneFormatError('it is no whole HDF5 file', { cause });
  } finally {
    file?.close();
    FS.unlink(name);
  }
}

function attributeOf(file: H5File, group: string, name: string): unknown {
  const entity = file.get(group);
  return entity && 'attrs' in entity ? entity.attrs[name]?.value : undefined;
}

function dataset(file: H5File, path: string): Dataset | null {
  const entity = file.get(path);
  return entity && 'dtype' in entity ? entity : null;
}

/** Its size is looked at before a byte of it is read. */
function parameterOf(name: string, found: Dataset): Parameter {
  const { dtype } = found;
  const shape = found.shape ?? [];
  const bytes = shape.reduce((product, size) => product * size, 4);
  if (dtype !== '<f')
    throw new BackboneFormatError(`Weight "${name}" is stored as ${JSON.stringify(dtype)}; float32 is needed`);
  if (bytes > MAX_UNPACKED_BYTES) throw new BackboneFormatError(`Weight "${name}" [${shape.join(', ')}] is too large`);
  const { value } = found;
  if (!(value instanceof Float32Array) || value.length * 4 !== bytes)
    throw new BackboneFormatError(`Weight "${name}" [${shape.join(', ')}] cannot be read`);
  return { shape, values: value };
}
