/** What a flatbuffer is made of. Tables are written by slot number: the place of a field in its schema. */
import type { Builder } from 'flatbuffers';

/** Where something lies that has been written; 0 is nothing. */
export type Offset = number;

/** A field by its type in the schema; `offset` is a string, a vector or another table. */
type Field = readonly [type: 'offset' | 'int8' | 'int32' | 'float32', value: number];

/** Absent fields have their default, 0. */
export function table(builder: Builder, slotCount: number, fields: Readonly<Record<number, Field>>): Offset {
  builder.startObject(slotCount);
  for (const [key, [type, value]] of Object.entries(fields)) {
    const slot = Number(key);
    if (type === 'offset') builder.addFieldOffset(slot, value, 0);
    else if (type === 'int8') builder.addFieldInt8(slot, value, 0);
    else if (type === 'int32') builder.addFieldInt32(slot, value, 0);
    else builder.addFieldFloat32(slot, value, 0);
  }
  return builder.endObject();
}

export function offsets(builder: Builder, values: readonly Offset[]): Offset {
  return vector(builder, 4, values, (value) => builder.addOffset(value));
}

export function int32s(builder: Builder, values: readonly number[]): Offset {
  return vector(builder, 4, values, (value) => builder.addInt32(value));
}

export function int64s(builder: Builder, values: readonly number[]): Offset {
  return vector(builder, 8, values, (value) => builder.addInt64(BigInt(value)));
}

export function float32s(builder: Builder, values: readonly number[]): Offset {
  return vector(builder, 4, values, (value) => builder.addFloat32(value));
}

/** Bytes that begin at a multiple of 16, as runtimes want weights: they are read where they lie. */
export function alignedBytes(builder: Builder, bytes: Uint8Array): Offset {
  builder.prep(16, bytes.length);
  return builder.createByteVector(bytes);
}

/** From its end, as flatbuffers grow. */
function vector(builder: Builder, bytesEach: number, values: readonly number[], add: (value: number) => void): Offset {
  builder.startVector(bytesEach, values.length, bytesEach);
  for (const value of values.toReversed()) add(value);
  return builder.endVector();
}
