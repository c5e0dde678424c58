/**
 * LiteRT, the runtime of .tflite files, as WebAssembly: @litertjs/core, made for browsers.
 *
 * Context: nothing native runs .tflite in Node. Choice: this package, of which the file without relaxed SIMD runs on Node 20; it
 * asks its surroundings for `importScripts` and `self`, as in a browser's worker, which it gets while it loads and no longer, so
 * that no other library takes this process for a browser. Cost: one thread, one picture at a time, 0.3 s to load, 10 MB.
 */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import type * as LiteRt from '@litertjs/core';

/** A model with one input and one output, each for one picture. */
export interface LiteRtModel {
  /**
   * @param input  whole numbers in the model's own shape; it gets them as its own type. Borrowed.
   * @returns      the output's values. The caller's.
   */
  run(input: Uint8Array): Promise<Float32Array | Uint8Array>;
  dispose(): void;
}

/**
 * Opens a .tflite file's bytes.
 *
 * @throws Error with what LiteRT says of a model that it cannot open.
 */
export async function openLiteRt(model: Uint8Array): Promise<LiteRtModel> {
  const { library, environment, complaints } = await loadOnce();
  complaints.length = 0;
  const explain = (cause: unknown) =>
    new Error(`LiteRT cannot run the model: ${complaints.join(' ') || String(cause)}`, { cause });
  const compiled = await library.loadAndCompile(model, { accelerator: 'wasm', environment }).catch((cause: unknown) => {
    throw explain(cause);
  });
  const [details] = compiled.getInputDetails();
  if (details === undefined) throw new Error('A model needs an input');
  const Values = details.dtype === 'uint8' ? Uint8Array : Float32Array;
  return {
    async run(values) {
      const input = library.Tensor.fromTypedArray(Values.from(values), details.shape, environment);
      const outputs = await compiled.run([input]).catch((cause: unknown) => {
        throw explain(cause);
      });
      try {
        const answer = await outputs[0]?.data();
        if (answer instanceof Float32Array || answer instanceof Uint8Array) return answer.slice();
        throw new Error('A model must give float32 or uint8');
      } finally {
        for (const tensor of [input, ...outputs]) tensor.delete();
      }
    },
    dispose: () => compiled.delete(),
  };
}

interface Loaded {
  readonly library: typeof LiteRt;
  /** Without a card. */
  readonly environment: LiteRt.Environment;
  /** What the library has printed: its errors bear no reason themselves. */
  readonly complaints: string[];
}

let loading: Promise<Loaded> | null = null;

function loadOnce(): Promise<Loaded> {
  loading ??= load();
  return loading;
}

/** What the package's loader looks for among the globals. */
interface WorkerGlobals {
  self?: unknown;
  importScripts?: (file: string) => void;
  Module?: unknown;
  ModuleFactory?: unknown;
}

async function load(): Promise<Loaded> {
  const script = join(
    dirname(createRequire(import.meta.url).resolve('@litertjs/core')),
    '../wasm/litert_wasm_compat_internal.js',
  );
  const complaints: string[] = [];
  const globals = globalThis as WorkerGlobals; // as: set here and removed below
  const { warn } = console;
  try {
    const library = await import('@litertjs/core');
    globals.self = globalThis;
    globals.Module = { print: () => undefined, printErr: (line: string) => complaints.push(line) };
    globals.importScripts = (file) => {
      const code = `${readFileSync(file, 'utf8')}\nreturn ModuleFactory;`;
      const surroundings = ['require', '__filename', '__dirname'];
      const run = compileFunction(code, surroundings, { filename: file }) as (...given: unknown[]) => unknown; // as: so it is made
      globals.ModuleFactory = run(createRequire(file), file, dirname(file));
    };
    console.warn = (...words) => complaints.push(words.join(' ')); // that there is no WebGPU
    await library.loadLiteRt(script);
    return { library, environment: await library.Environment.create({ webGpuDevice: null }), complaints };
  } finally {
    console.warn = warn;
    delete globals.self;
    delete globals.Module;
    delete globals.importScripts;
    delete globals.ModuleFactory;
  }
}
