/** Scaling and cutting as a part of an ONNX graph: the rule of images/recipe.ts, for pictures of any size. */
import { int, ints, ELEMENT } from './onnx-schema.ts';
import type { GraphWriter } from './onnx-nodes.ts';

/**
 * From a decoded picture to the square that the network sees. Both axes are scaled by a product with a matrix that the graph makes of
 * the picture's size, since ONNX's own Resize lays its grid elsewhere. Values are rounded, as pixels are.
 *
 * @param image  uint8 [batch, height, width, 3], RGB, upright.
 * @param size   side of the square, pixels.
 * @returns      name of float32 [batch, 3, size, size].
 */
export function writeSquare(graph: GraphWriter, image: string, size: number): string {
  const at = (name: string) => `${image}/${name}`;
  const number = (name: string, value: number) => graph.constant(at(name), [1], Float32Array.of(value));
  const numbers = {
    size: number('size', size),
    one: number('one', 1),
    half: number('half', 0.5),
    two: number('two', 2),
    zero: number('zero', 0),
  };
  const shape = graph.node('Shape', [image], at('shape'));
  const lengthOf = (axis: number, name: string) => {
    const whole = graph.node('Gather', [shape, graph.indices(at(`${name}/axis`), [axis])], at(`${name}/whole`));
    return { whole, float: graph.node('Cast', [whole], at(name), [int('to', ELEMENT.float32)]) };
  };
  const [height, width] = [lengthOf(1, 'height'), lengthOf(2, 'width')];
  const short = graph.node('Min', [height.float, width.float], at('short'));
  const step = graph.node('Div', [short, numbers.size], at('step')); // pixels of the picture for one of the square
  const reach = graph.node('Max', [step, numbers.one], at('reach')); // wider when it shrinks, so that every pixel counts
  const isEnlarged = graph.node('Less', [short, numbers.size], at('is_enlarged'));
  const middles = graph.constant(
    at('middles'),
    [size],
    Float32Array.from({ length: size }, (_, index) => index + 0.5),
  );

  /** Where the centre square begins, on the pixel grid of the scaled picture. */
  function startOf(length: string, axis: string): string {
    const name = (part: string) => at(`${axis}/${part}`);
    const scaled = roundedNode(graph, graph.node('Div', [length, step], name('ratio')), numbers.half, name('scaled'));
    const spare = graph.node('Sub', [scaled, numbers.size], name('spare'));
    const doubled = graph.node('Add', [spare, numbers.one], name('doubled'));
    const first = graph.node('Floor', [graph.node('Div', [doubled, numbers.two], name('halved'))], name('first'));
    const centre = graph.node('Div', [scaled, numbers.two], name('centre'));
    const offset = graph.node('Mul', [graph.node('Sub', [first, centre], name('beside')), step], name('offset'));
    const middle = graph.node('Div', [length, numbers.two], name('middle'));
    const onGrid = graph.node('Add', [middle, offset], name('on_grid'));
    const rest = graph.node('Sub', [length, short], name('rest'));
    const exact = graph.node('Div', [rest, numbers.two], name('exact'));
    return graph.node('Where', [isEnlarged, exact, onGrid], name('start'));
  }

  /** Weights of a triangle filter, [size, length]: a row for each pixel of the square. */
  function filterOf(length: { readonly whole: string; readonly float: string }, axis: string): string {
    const name = (part: string) => at(`${axis}/${part}`);
    const start = startOf(length.float, axis);
    const steps = graph.node('Mul', [middles, step], name('steps'));
    const centres = graph.node('Add', [steps, start], name('centres'));
    const column = graph.node('Unsqueeze', [centres, graph.indices(name('last'), [1])], name('column'));
    const from = graph.constant(name('from'), [], Float32Array.of(0.5));
    const by = graph.constant(name('by'), [], Float32Array.of(1));
    const end = graph.node('Squeeze', [graph.node('Add', [length.float, numbers.half], name('past'))], name('end'));
    const positions = graph.node('Range', [from, end, by], name('positions'));
    const distance = graph.node('Abs', [graph.node('Sub', [positions, column], name('apart'))], name('distance'));
    const share = graph.node('Div', [distance, reach], name('share'));
    const slope = graph.node(
      'Max',
      [graph.node('Sub', [numbers.one, share], name('slope')), numbers.zero],
      name('raw'),
    );
    const axes = graph.indices(name('sum_axes'), [1]);
    const sum = graph.node('ReduceSum', [slope, axes], name('sum'), [int('keepdims', 1)]);
    return graph.node('Div', [slope, sum], name('filter'));
  }

  const transposed = graph.node('Transpose', [image], at('planes'), [ints('perm', [0, 3, 1, 2])]);
  const planes = graph.node('Cast', [transposed], at('float'), [int('to', ELEMENT.float32)]);
  const columns = graph.node('Transpose', [filterOf(width, 'columns')], at('columns'), [ints('perm', [1, 0])]);
  const narrow = graph.node('MatMul', [planes, columns], at('narrow'));
  const square = graph.node('MatMul', [filterOf(height, 'rows'), narrow], at('square'));
  return roundedNode(graph, square, numbers.half, at('rounded'));
}

/** ⌊x + ½⌋ */
function roundedNode(graph: GraphWriter, x: string, half: string, name: string): string {
  return graph.node('Floor', [graph.node('Add', [x, half], `${name}/raised`)], name);
}
