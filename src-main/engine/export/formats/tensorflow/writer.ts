/** The parts of a TensorFlow graph. */

export interface GraphTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Only what Fovea writes of TensorFlow's attr_value.proto. */
export type GraphAttribute =
  | { readonly type: 'DT_FLOAT' | 'DT_INT32' | 'DT_UINT8' }
  | { readonly shape: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly text: string }
  | { readonly int: number }
  | { readonly bool: boolean }
  | { readonly tensor: GraphTensor };

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attributes: Readonly<Record<string, GraphAttribute>>;
}

/** Adds a node and gives its name. */
type Add = (
  name: string,
  op: string,
  input: readonly string[],
  attributes?: Readonly<Record<string, GraphAttribute>>,
) => string;

export interface Writer {
  readonly add: Add;
  readonly constant: (name: string, tensor: GraphTensor) => string;
}

export const FLOAT: GraphAttribute = { type: 'DT_FLOAT' };
export const INT: GraphAttribute = { type: 'DT_INT32' };

/** Collects nodes in the order in which they are added. */
export function openWriter(): Writer & { readonly nodes: readonly GraphNode[] } {
  const nodes: GraphNode[] = [];
  const add: Add = (name, op, input, attributes = { T: FLOAT }) => {
    nodes.push({ name, op, input, attributes });
    return name;
  };
  const constant = (name: string, tensor: GraphTensor): string =>
    add(name, 'Const', [], { dtype: tensor.values instanceof Int32Array ? INT : FLOAT, value: { tensor } });
  return { nodes, add, constant };
}
