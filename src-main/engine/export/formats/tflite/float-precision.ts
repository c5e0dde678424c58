import { EngineError } from '../../../../contract/errors.ts';
import { toFloat16 } from '../../../network/float16.ts';
import { bytesOf } from '../../../network/little-endian.ts';
import type { Parameter } from '../../../network/network.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { mulOptions, subOptions } from './options.ts';
import type { Precision } from './precision.ts';
import { SIGNATURE } from './schema.ts';

/** The largest half float. */
const LARGEST_HALF = 65_504;

/**
 * Values and weights as floats.
 *
 * @param weights  as what layers' weights are stored. Half floats are turned into floats when the model is opened.
 */
export function floatPrecision(graph: GraphBuilder, weights: 'float32' | 'float16'): Precision {
  const constant = (name: string, { shape, values }: Parameter) =>
    graph.add({ name, shape, element: 'float32', data: bytesOf(values) });
  const half = (name: string, { shape, values }: Parameter): number => {
    requireHalf(name, values);
    const data = new Uint8Array(toFloat16(values).buffer);
    const stored = graph.add({ name: `${name}/half`, shape, element: 'float16', data });
    return graph.operate('DEQUANTIZE', [stored], graph.add({ name, shape, element: 'float32' }));
  };
  const layer = weights === 'float16' ? half : constant;
  const value = (name: string, shape: readonly number[]) =>
    graph.add({ name, shape: [1, ...shape], element: 'float32', hasBatch: true });
  return {
    input({ name, shape, mean, scale }) {
      const image = value(SIGNATURE.input, shape);
      const scalar = (role: string, of: number) =>
        constant(`${name}/${role}`, { shape: [1], values: Float32Array.of(of) });
      const centred = value(`${name}/centred`, shape);
      graph.operate('SUB', [image, scalar('mean', mean)], centred, subOptions);
      return { image, value: graph.operate('MUL', [centred, scalar('scale', scale)], value(name, shape), mulOptions) };
    },
    value,
    weights: ({ name, kernel, bias }) => [layer(`${name}/kernel`, kernel), layer(`${name}/bias`, bias)],
    constant,
    alike: (tensor) => tensor,
    output: (tensor) => tensor,
  };
}

function requireHalf(name: string, values: Float32Array): void {
  const tooLarge = values.find((value) => Math.abs(value) > LARGEST_HALF);
  if (tooLarge === undefined) return;
  throw new EngineError(
    'export/unsupported',
    `${name} holds ${tooLarge}, and 16-bit floats end at ${LARGEST_HALF}. Export to tflite, which keeps 32 bits.`,
    { format: 'tflite-f16', tensor: name },
  );
}
