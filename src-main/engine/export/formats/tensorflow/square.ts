/** Scaling and cutting as a part of a TensorFlow graph: the rule of images/recipe.ts, for pictures of any size. */
import { FLOAT, INT, type Writer } from './writer.ts';

/**
 * From a decoded picture to the square that the network sees, as `writeSquare` of engine/network/onnx-any-size.ts does it:
 * both axes are scaled by a product with a matrix that the graph makes of the picture's size.
 *
 * @param image  uint8 [batch, height, width, 3], RGB, upright.
 * @param size   side of the square, pixels.
 * @returns      name of float32 [batch, size, size, 3].
 */
export function writeSquare({ add, constant }: Writer, image: string, size: number): string {
  const at = (name: string) => `${image}/${name}`;
  const whole = (name: string, ...values: number[]) =>
    constant(at(name), { shape: values.length === 1 ? [] : [values.length], values: Int32Array.from(values) });
  const number = (name: string, value: number) => constant(at(name), { shape: [], values: Float32Array.of(value) });
  const [zero, half, one, two] = [number('zero', 0), number('half', 0.5), number('one', 1), number('two', 2)];
  const side = number('side', size);
  const firstAxis = whole('first_axis', 0);
  const shape = add(at('shape'), 'Shape', [image], { T: { type: 'DT_UINT8' }, out_type: INT });
  const lengthOf = (axis: number, name: string) => {
    const types = { Tparams: INT, Tindices: INT, Taxis: INT, batch_dims: { int: 0 } };
    const length = add(at(`${name}/whole`), 'GatherV2', [shape, whole(`${name}/axis`, axis), firstAxis], types);
    return {
      whole: length,
      float: add(at(name), 'Cast', [length], { SrcT: INT, DstT: FLOAT, Truncate: { bool: false } }),
    };
  };
  const [height, width] = [lengthOf(1, 'height'), lengthOf(2, 'width')];
  const short = add(at('short'), 'Minimum', [height.float, width.float]);
  const step = add(at('step'), 'RealDiv', [short, side]); // pixels of the picture for one of the square
  const reach = add(at('reach'), 'Maximum', [step, one]); // wider when it shrinks, so that every pixel counts
  const isEnlarged = add(at('is_enlarged'), 'Less', [short, side]);
  const middles = constant(at('middles'), {
    shape: [size, 1],
    values: Float32Array.from({ length: size }, (_, index) => index + 0.5),
  });
  const rounded = (x: string, name: string) => add(name, 'Floor', [add(`${name}/raised`, 'AddV2', [x, half])]);

  /** Where the centre square begins, on the pixel grid of the scaled picture. */
  function startOf(length: string, axis: string): string {
    const name = (part: string) => at(`${axis}/${part}`);
    const scaled = rounded(add(name('ratio'), 'RealDiv', [length, step]), name('scaled'));
    const spare = add(name('spare'), 'AddV2', [add(name('beyond'), 'Sub', [scaled, side]), one]);
    const first = add(name('first'), 'Floor', [add(name('halved'), 'RealDiv', [spare, two])]);
    const beside = add(name('beside'), 'Sub', [first, add(name('centre'), 'RealDiv', [scaled, two])]);
    const offset = add(name('offset'), 'Mul', [beside, step]);
    const onGrid = add(name('on_grid'), 'AddV2', [add(name('middle'), 'RealDiv', [length, two]), offset]);
    const exact = add(name('exact'), 'RealDiv', [add(name('rest'), 'Sub', [length, short]), two]);
    return add(name('start'), 'SelectV2', [isEnlarged, exact, onGrid]);
  }

  /** Weights of a triangle filter, [size, length]: a row for each pixel of the square. */
  function filterOf(length: { readonly whole: string; readonly float: string }, axis: string): string {
    const name = (part: string) => at(`${axis}/${part}`);
    const centres = add(name('centres'), 'AddV2', [
      add(name('steps'), 'Mul', [middles, step]),
      startOf(length.float, axis),
    ]);
    const range = [whole(`${axis}/from`, 0), length.whole, whole(`${axis}/by`, 1)];
    const places = add(name('places'), 'Range', range, { Tidx: INT });
    const floats = add(name('floats'), 'Cast', [places], { SrcT: INT, DstT: FLOAT, Truncate: { bool: false } });
    const positions = add(name('positions'), 'AddV2', [floats, half]);
    const distance = add(name('distance'), 'Abs', [add(name('apart'), 'Sub', [positions, centres])]);
    const slope = add(name('slope'), 'Sub', [one, add(name('share'), 'RealDiv', [distance, reach])]);
    const raw = add(name('raw'), 'Maximum', [slope, zero]);
    const sum = add(name('sum'), 'Sum', [raw, whole(`${axis}/sum_axis`, 1)], {
      T: FLOAT,
      Tidx: INT,
      keep_dims: { bool: true },
    });
    return add(name('filter'), 'RealDiv', [raw, sum]);
  }

  const transpose = (name: string, x: string, ...order: number[]) =>
    add(at(name), 'Transpose', [x, whole(`${name}/order`, ...order)], { T: FLOAT, Tperm: INT });
  const product = (name: string, a: string, b: string, isSecondTurned = false) =>
    add(at(name), 'BatchMatMulV2', [a, b], { T: FLOAT, adj_x: { bool: false }, adj_y: { bool: isSecondTurned } });
  const types = { SrcT: { type: 'DT_UINT8' }, DstT: FLOAT, Truncate: { bool: false } } as const;
  const planes = transpose('planes', add(at('float'), 'Cast', [image], types), 0, 3, 1, 2);
  const narrow = product('narrow', planes, filterOf(width, 'columns'), true);
  const square = product('square', filterOf(height, 'rows'), narrow);
  return transpose('pixels', rounded(square, at('rounded')), 0, 2, 3, 1);
}
