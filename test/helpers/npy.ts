/** Pixels as NumPy's own file format (version 1.0), which `numpy.load` reads. */
export function toNpy(values: Uint8Array, shape: readonly number[]): Uint8Array {
  const description = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = description.padEnd(Math.ceil((description.length + 11) / 64) * 64 - 11) + '\n';
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header), values]);
}
