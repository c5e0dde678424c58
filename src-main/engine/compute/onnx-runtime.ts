import type { InferenceSession } from 'onnxruntime-node';

/** A network in ONNX Runtime: one input, one output, any batch size. */
export interface OnnxSession {
  /** Runs one batch. `input` is borrowed; the returned values are the caller's. */
  run(input: Float32Array | Uint8Array, shape: readonly number[]): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Opens an ONNX model of one input (float32 or uint8) and one float32 output.
 *
 * @param model    bytes of a .onnx file, or its path.
 * @param threads  CPU threads within one operator; absent: one per physical core.
 */
export async function openOnnx(model: Uint8Array | string, threads?: number): Promise<OnnxSession> {
  const { InferenceSession, Tensor } = await load();
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    // Threads that wait for work by spinning take the cores from the decoders, which work at the same time: 153 photographs
    // decoded and run on 2 cores took 7.9 ms each with it and 6.8 without (batch 32, MobileNet V1 0.75).
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  };
  const session = await (typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options));
  const [inputName] = session.inputNames;
  const [outputName] = session.outputNames;
  if (inputName === undefined || outputName === undefined)
    throw new Error('An ONNX model needs an input and an output');
  return {
    async run(input, shape) {
      const tensor =
        input instanceof Uint8Array ? new Tensor('uint8', input, shape) : new Tensor('float32', input, shape);
      const output = (await session.run({ [inputName]: tensor }))[outputName];
      if (!(output?.data instanceof Float32Array)) throw new Error(`Output ${outputName} is not float32`);
      return output.data;
    },
    dispose: () => session.release(),
  };
}

/** What this machine's ONNX Runtime is called, e.g. "ONNX Runtime 1.30.0 (CPU)"; null where it has no build for the machine. */
export async function findOnnxRuntime(): Promise<string | null> {
  try {
    const { env } = await load();
    return `ONNX Runtime ${env.versions.node ?? env.versions.common} (CPU)`;
  } catch {
    return null; // e.g. an Intel Mac: the caller runs the network on tfjs and says so
  }
}

/** Loaded late, so that what runs no network does not wait for 30 MB of library. */
const load = () => import('onnxruntime-node');
