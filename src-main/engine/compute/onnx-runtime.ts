import { platform } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { mayHaveCard, seesNvidiaCard } from './cards.ts';

/** Parts of ONNX Runtime that run a network; all but the processor's need a card. */
export const PROVIDERS = { cpu: 'CPU', cuda: 'CUDA', dml: 'DirectML', coreml: 'Core ML', webgpu: 'WebGPU' } as const;
export type Provider = keyof typeof PROVIDERS;

/** What a session can give, and how the values come; half floats come as their bits. */
export interface OnnxValues {
  readonly float32: Float32Array;
  readonly float16: Uint16Array;
}
export type OnnxElement = keyof OnnxValues;

/** A network in ONNX Runtime: one input, one output, any batch size. */
export interface OnnxSession<Element extends OnnxElement = 'float32'> {
  /**
   * Runs one batch. ONNX Runtime's binding works before it returns its promise: the thread does nothing else meanwhile, so
   * a caller that has other work keeps batches small and lets the event loop turn between them.
   *
   * @param input  borrowed; the returned values are the caller's.
   */
  run(input: Float32Array | Uint8Array, shape: readonly number[]): Promise<OnnxValues[Element]>;
  dispose(): Promise<void>;
}

export interface OnnxSessionOptions<Element extends OnnxElement> {
  /** What the model gives; absent: float32. */
  readonly output?: Element;
  /** CPU threads within one operator; absent: one per physical core. */
  readonly threads?: number;
  /**
   * Whether other work, as decoding, wants the cores at the same time; absent: it does. Threads that wait for work by
   * spinning take the cores from it: 153 photographs decoded and run on 2 cores took 7.9 ms each with spinning and 6.8
   * without. With the machine to itself, spinning takes 2.3 ms and not 3.0 (MobileNet V1 0.75).
   */
  readonly competes?: boolean;
  /** What runs it; absent: the processor. */
  readonly provider?: Provider;
}

/**
 * Opens an ONNX model of one input (float32 or uint8) and one output.
 *
 * @param model  bytes of a .onnx file, or its path.
 */
export async function openOnnx<Element extends OnnxElement = 'float32'>(
  model: Uint8Array | string,
  { output: element, threads, competes = true, provider = 'cpu' }: OnnxSessionOptions<Element> = {},
): Promise<OnnxSession<Element>> {
  const { InferenceSession, Tensor } = await load();
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    enableMemPattern: provider !== 'dml', // DirectML allows none
    graphOptimizationLevel: 'all',
    extra: { session: { intra_op: { allow_spinning: competes ? '0' : '1' } } },
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  };
  const session = await (typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options));
  const [inputName] = session.inputNames;
  const [outputName] = session.outputNames;
  if (inputName === undefined || outputName === undefined)
    throw new Error('An ONNX model needs an input and an output');
  const read = READERS[element ?? ('float32' as Element)]; // as: the type parameter's own default
  return {
    async run(input, shape) {
      const tensor =
        input instanceof Uint8Array ? new Tensor('uint8', input, shape) : new Tensor('float32', input, shape);
      const output = (await session.run({ [inputName]: tensor }))[outputName];
      const values = output && read(output.type, output.data);
      if (!values) throw new Error(`Output ${outputName} is ${output?.type ?? 'missing'}, not ${element ?? 'float32'}`);
      return values;
    },
    dispose: () => session.release(),
  };
}

const READERS: { readonly [Element in OnnxElement]: (type: string, data: unknown) => OnnxValues[Element] | null } = {
  float32: (_type, data) => (data instanceof Float32Array ? data : null),
  // A Float16Array where Node has that, else a Uint16Array of the bits.
  float16: (type, data) =>
    type === 'float16' && ArrayBuffer.isView(data)
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : null,
};

/** What this machine's ONNX Runtime is called, e.g. "ONNX Runtime 1.30.0 (CPU)"; null where it has no build for the machine. */
export async function findOnnxRuntime(provider: Provider = 'cpu'): Promise<string | null> {
  try {
    const { env } = await load();
    return `ONNX Runtime ${env.versions.node ?? env.versions.common} (${PROVIDERS[provider]})`;
  } catch {
    return null; // e.g. an Intel Mac: the caller runs the network on tfjs and says so
  }
}

/**
 * Providers besides the processor's that this build has and this machine may have a card for, untried. None of them where
 * there is no ONNX Runtime. TensorRT is left out: it compiles each network for minutes.
 */
export async function listCardProviders(): Promise<Provider[]> {
  if (!mayHaveCard() || (await findOnnxRuntime()) === null) return [];
  const { listSupportedBackends } = await load();
  const built = new Set<string>(listSupportedBackends().map(({ name }) => name));
  const needsNvidia = (provider: string) => provider === 'cuda' && platform() === 'linux' && !seesNvidiaCard();
  return (Object.keys(PROVIDERS) as Provider[]).filter(
    // as: its own keys
    (provider) => provider !== 'cpu' && built.has(provider) && !needsNvidia(provider),
  );
}

/** Loaded late, so that what runs no network does not wait for 30 MB of library. */
const load = () => import('onnxruntime-node');
