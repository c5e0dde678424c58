import { z } from 'zod';
import { float32Of } from '../network/little-endian.ts';
import type { Parameter } from '../network/network.ts';
import { BackboneFormatError } from './format-error.ts';

/** Which weight files a TF.js model has, and what lies in them one after another. */
export const weightsManifest = z.array(
  z.object({
    paths: z.array(z.string()),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().min(0)),
        dtype: z.string(),
        quantization: z.object({ dtype: z.string() }).optional(),
      }),
    ),
  }),
);
export type WeightsManifest = z.infer<typeof weightsManifest>;

/** A weight by its name, e.g. `conv1/kernel`, if it is of this type (absent: float32); null where there is none. */
export type WeightSource = (name: string, dtype?: 'float32' | 'int32') => Parameter | null;

/**
 * Finds the weights of a TF.js model in its files. Values are copied when they are asked for.
 *
 * @param files  by name.
 * @throws BackboneFormatError if a file is missing, or longer or shorter than the manifest says; the source throws it for a
 *         weight of another type than the one asked for.
 */
export function readTfjsWeights(manifest: WeightsManifest, files: ReadonlyMap<string, Uint8Array>): WeightSource {
  const weights = new Map<string, { dtype: string; shape: number[]; bytes: Uint8Array }>();
  for (const group of manifest) {
    const bytes = concatenate(group.paths.map((path) => modelFile(files, path)));
    let at = 0;
    for (const weight of group.weights) {
      const { name, shape, dtype, quantization } = weight;
      const length = weightBytes(weight);
      weights.set(name, { dtype: quantization?.dtype ?? dtype, shape, bytes: bytes.subarray(at, at + length) });
      at += length;
    }
    if (at !== bytes.length)
      throw new BackboneFormatError(`${group.paths.join(', ')}: ${bytes.length} bytes; model.json needs ${at}`);
  }
  return (name, needed = 'float32') => {
    const found = weights.get(name);
    if (!found) return null;
    const { dtype, shape, bytes } = found;
    if (dtype !== needed) throw new BackboneFormatError(`Weight "${name}" is stored as ${dtype}; ${needed} is needed`);
    return { shape, values: dtype === 'int32' ? Float32Array.from(int32Of(bytes)) : float32Of(bytes) };
  };
}

/** Bytes of all weights that a manifest lists. @throws BackboneFormatError for a weight of unknown type. */
export function manifestBytes(manifest: WeightsManifest): number {
  return manifest.flatMap(({ weights }) => weights).reduce((sum, weight) => sum + weightBytes(weight), 0);
}

function weightBytes({ name, shape, dtype, quantization }: WeightsManifest[number]['weights'][number]): number {
  return shape.reduce((product, size) => product * size, byteSize(name, quantization?.dtype ?? dtype));
}

/** @throws BackboneFormatError that names the file, if it is not there. */
export function modelFile(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const found = files.get(name);
  if (!found) throw new BackboneFormatError(`The model needs the file ${name}, which is not there`);
  return found;
}

/** @throws BackboneFormatError if the file is missing or is not whole JSON. */
export function modelJson(files: ReadonlyMap<string, Uint8Array>, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(modelFile(files, name)));
  } catch (cause) {
    if (cause instanceof BackboneFormatError) throw cause;
    throw new BackboneFormatError(`${name} is not whole JSON`, { cause });
  }
}

/** A copy, since values of a file may lie at any byte. */
function int32Of(bytes: Uint8Array): Int32Array {
  return new Int32Array(new Uint8Array(bytes).buffer);
}

function byteSize(name: string, dtype: string): number {
  const sizes: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };
  const size = sizes[dtype];
  if (size === undefined) throw new BackboneFormatError(`Weight "${name}" has the unknown type ${dtype}`);
  return size;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
