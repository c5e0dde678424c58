import type { Graph, Operator, OperatorName, Options, Tensor } from './schema.ts';

/** Takes the tensors and operators of a graph; a tensor is known by its number. */
export class GraphBuilder {
  private readonly tensors: Tensor[] = [];
  private readonly operators: Operator[] = [];

  /** @returns its number. */
  add(tensor: Tensor): number {
    return this.tensors.push(tensor) - 1;
  }

  tensor(number: number): Tensor {
    const tensor = this.tensors[number];
    if (tensor === undefined) throw new Error(`The graph has no tensor ${number}`);
    return tensor;
  }

  /** A constant of whole numbers, [n]. */
  indices(name: string, values: readonly number[]): number {
    const data = new Uint8Array(Int32Array.from(values).buffer); // little-endian, as every machine is that Node runs on
    return this.add({ name, shape: [values.length], element: 'int32', data });
  }

  /** @returns the number of `output`, for those who read it. */
  operate(name: OperatorName, inputs: readonly number[], output: number, options?: Options): number {
    this.operators.push({ name, inputs, outputs: [output], ...(options ? { options } : {}) });
    return output;
  }

  build(input: number, output: number): Graph {
    return { tensors: this.tensors, operators: this.operators, input, output };
  }
}
