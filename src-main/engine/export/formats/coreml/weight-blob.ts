import { EngineError } from '../../../../contract/errors.ts';
import { toFloat16 } from '../../../network/float16.ts';

/** Header of the file, header of a tensor, and what each begins at a multiple of. */
const STEP = 64;
const FILE_VERSION = 2;
const TENSOR_MARK = 0xdeadbeef;
/** `BlobDataType::Float16` */
const FLOAT16 = 1;

/** The file beside an ML Program that holds its weights, one after another: "MIL blob storage", as coremltools' writer makes it. */
export class WeightBlob {
  private readonly parts: Uint8Array[] = [];
  private length = STEP;
  private count = 0;

  /** @returns where the tensor's header begins, which is how the program names it. */
  add(halves: Uint16Array): number {
    const padding = new Uint8Array(-this.length & (STEP - 1));
    const offset = this.length + padding.length;
    const header = Buffer.alloc(STEP);
    header.writeUInt32LE(TENSOR_MARK, 0);
    header.writeUInt32LE(FLOAT16, 4);
    header.writeBigUInt64LE(BigInt(halves.byteLength), 8);
    header.writeBigUInt64LE(BigInt(offset + STEP), 16);
    this.parts.push(padding, header, new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength));
    this.length = offset + STEP + halves.byteLength;
    this.count++;
    return offset;
  }

  /** The whole file. */
  bytes(): Uint8Array {
    const header = Buffer.alloc(STEP);
    header.writeUInt32LE(this.count, 0);
    header.writeUInt32LE(FILE_VERSION, 4);
    return Buffer.concat([header, ...this.parts]);
  }
}

/**
 * @param name  whose weights they are, for the message.
 * @throws EngineError `export/unsupported` where a weight is larger than 16 bits hold.
 */
export function toHalves(name: string, values: Float32Array): Uint16Array {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest < FIRST_BEYOND) return toFloat16(values);
  throw new EngineError(
    'export/unsupported',
    `A Core ML package holds weights as 16-bit floats, up to 65,504; one of "${name}" is ${largest}. Export to coreml-mlmodel or ONNX, which hold 32 bits.`,
    { format: 'coreml', node: name, largest },
  );
}

/** Half-way from the largest half to what would follow it: this rounds to infinity. */
const FIRST_BEYOND = 65_520;
