import { float32Of } from '../network/little-endian.ts';
import type { Parameter } from '../network/network.ts';
import { BackboneFormatError } from './format-error.ts';
import {
  PickleCall,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleRef,
  PickleTuple,
  readPickle,
  type PickleValue,
} from './restricted-pickle.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const REBUILD = ['torch._utils._rebuild_tensor_v2', 'torch._utils._rebuild_parameter'] as const;
const STORAGES = ['torch.FloatStorage', 'torch.LongStorage'] as const;
const STATE_NAMES: ReadonlySet<string> = new Set(['collections.OrderedDict', ...REBUILD, ...STORAGES]);

/**
 * Reads the float32 tensors of a legacy PyTorch file (`torch.save` of a state dict before version 1.6, or with
 * `_use_new_zipfile_serialization=False`) without PyTorch and without executing anything in it. Integer tensors, such
 * as batch counters, are left out.
 *
 * The file: five pickles in a row (magic number, protocol, system, state dict with persistent ids, storage keys), then
 * each storage in the order of the keys: its count as int64, and its values, little-endian.
 *
 * @returns tensors by name, row-major whatever their strides were; copies.
 * @throws BackboneFormatError if the file ends early, is of another format, or asks for anything but tensors.
 */
export function readTorchFile(bytes: Uint8Array): Map<string, Parameter> {
  let at = 0;
  const next = (allowed?: ReadonlySet<string>): PickleValue => {
    const { value, end } = readPickle(bytes, at, allowed);
    at = end;
    return value;
  };
  if (bytes[0] === 0x50 && bytes[1] === 0x4b)
    throw new BackboneFormatError('This is a PyTorch file of the zip format; the legacy format is expected');
  if (next() !== MAGIC) throw new BackboneFormatError('The file does not start as a PyTorch file does');
  if (next() !== PROTOCOL) throw new BackboneFormatError(`The PyTorch file is not of protocol ${PROTOCOL}`);
  const system = next();
  if (!(system instanceof PickleDict) || system.entries.get('little_endian') !== true)
    throw new BackboneFormatError('The PyTorch file was not written on a little-endian machine');
  const state = next(STATE_NAMES);
  const keys = next();
  if (!(state instanceof PickleDict) || !(keys instanceof PickleList))
    throw new BackboneFormatError('The PyTorch file holds no dictionary of tensors');

  const types = new Map<PickleValue, string>();
  for (const value of state.entries.values()) {
    const { key, type } = storageOf(tensorCall(value));
    if ((types.get(key) ?? type) !== type) throw new BackboneFormatError(`Storage ${show(key)} has two types`);
    types.set(key, type);
  }
  const storages = readStorages(bytes, at, keys.items, types);
  const tensors = new Map<string, Parameter>();
  for (const [name, value] of state.entries) {
    if (typeof name !== 'string') throw new BackboneFormatError('A tensor of the PyTorch file has no name');
    const call = tensorCall(value);
    const storage = storages.get(storageOf(call).key);
    if (storage === undefined) throw new BackboneFormatError(`The storage of tensor "${name}" is missing`);
    if (storage !== null) tensors.set(name, gather(name, storage, call.args));
  }
  return tensors;
}

/** Values by key; null for a storage of integers, which is only stepped over. */
function readStorages(
  bytes: Uint8Array,
  start: number,
  keys: readonly PickleValue[],
  types: ReadonlyMap<PickleValue, string>,
): Map<PickleValue, Float32Array | null> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const storages = new Map<PickleValue, Float32Array | null>();
  let at = start;
  for (const key of keys) {
    const type = types.get(key);
    if (type === undefined) throw new BackboneFormatError(`Storage ${show(key)} belongs to no tensor`);
    const room = bytes.length - at - 8;
    const count = room < 0 ? -1 : Number(view.getBigInt64(at, true));
    const size = count * (type === 'torch.FloatStorage' ? 4 : 8);
    if (count < 0 || size > room) throw new BackboneFormatError(`The file ends early, within storage ${show(key)}`);
    at += 8;
    storages.set(key, type === 'torch.FloatStorage' ? float32Of(bytes.subarray(at, at + size)) : null);
    at += size;
  }
  if (at !== bytes.length) throw new BackboneFormatError(`${bytes.length - at} bytes follow the last storage`);
  return storages;
}

/** The `_rebuild_tensor_v2(storage, offset, size, stride, …)` inside a value of the state dict. */
function tensorCall(value: PickleValue): PickleCall {
  if (value instanceof PickleCall && value.name === REBUILD[1]) return tensorCall(value.args[0] ?? null);
  if (value instanceof PickleCall && value.name === REBUILD[0]) return value;
  throw new BackboneFormatError('An entry of the PyTorch file is not a tensor');
}

/** From the persistent id `('storage', type, key, location, count, view)`. */
function storageOf({ args }: PickleCall): { key: PickleValue; type: string } {
  const reference = args[0];
  const id = reference instanceof PickleRef && reference.id instanceof PickleTuple ? reference.id.items : [];
  const [kind, type, key, , , view] = id;
  if (kind !== 'storage' || !(type instanceof PickleGlobal) || typeof key !== 'string' || (view ?? null) !== null)
    throw new BackboneFormatError('A tensor of the PyTorch file is not stored in a way that can be read');
  return { key, type: type.name };
}

/** Copies a strided view out of its storage, in row-major order. */
function gather(name: string, storage: Float32Array, args: readonly PickleValue[]): Parameter {
  const offset = wholeNumber(name, args[1]);
  const shape = wholeNumbers(name, args[2]);
  const strides = wholeNumbers(name, args[3]);
  const count = shape.reduce((product, size) => product * size, 1);
  const last = shape.reduce((index, size, axis) => index + (size - 1) * (strides[axis] ?? 0), offset);
  if (shape.length !== strides.length || count > storage.length || (count > 0 && last >= storage.length))
    throw new BackboneFormatError(`Tensor "${name}" [${shape.join(', ')}] reaches beyond its storage`);
  const values = new Float32Array(count);
  const index = shape.map(() => 0);
  let source = offset;
  for (let target = 0; target < count; target++) {
    values[target] = storage[source] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [at = 0, size = 0, stride = 0] = [index[axis], shape[axis], strides[axis]];
      source += stride;
      if (at + 1 < size) {
        index[axis] = at + 1;
        break;
      }
      source -= size * stride;
      index[axis] = 0;
    }
  }
  return { shape, values };
}

function wholeNumbers(name: string, value: PickleValue | undefined): number[] {
  const items = value instanceof PickleTuple ? value.items : [null];
  return items.map((item) => wholeNumber(name, item));
}

function wholeNumber(name: string, value: PickleValue | undefined): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new BackboneFormatError(`Tensor "${name}" has a malformed shape`);
}

function show(key: PickleValue): string {
  return typeof key === 'string' ? `"${key}"` : 'without a name';
}
