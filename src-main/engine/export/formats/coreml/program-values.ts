/** Values and types of an ML Program, as messages of the schema. */
import type { Shape } from '../../../network/shapes.ts';

/** Of MIL.proto's `DataType`. */
export const TYPE = { bool: 1, string: 2, float16: 10, float32: 11, float64: 12, int32: 23 } as const;

type ElementType = (typeof TYPE)[keyof typeof TYPE];

export function tensorType(dataType: ElementType, shape: Shape = []) {
  const dimensions = shape.map((size) => ({ constant: { size } }));
  return { tensorType: { dataType, rank: shape.length, dimensions } };
}

function immediate(dataType: ElementType, tensor: object, shape?: Shape) {
  return { type: tensorType(dataType, shape), immediateValue: { tensor } };
}

export const text = (value: string) => immediate(TYPE.string, { strings: { values: [value] } });
export const flag = (value: boolean) => immediate(TYPE.bool, { bools: { values: [value] } });
export const int = (value: number) => immediate(TYPE.int32, { ints: { values: [value] } });
export const ints = (values: readonly number[]) => immediate(TYPE.int32, { ints: { values } }, [values.length]);
export const float = (value: number) => immediate(TYPE.float32, { floats: { values: [value] } });

/** Half floats are written as their bytes. */
export function halves(bits: Uint16Array, shape: Shape) {
  const bytes = new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength);
  return immediate(TYPE.float16, { bytes: { values: bytes } }, shape);
}

/** A list of strings. */
export function texts(values: readonly string[]) {
  const type = { listType: { type: tensorType(TYPE.string), length: { constant: { size: values.length } } } };
  return { type, immediateValue: { list: { values: values.map(text) } } };
}
