import { join } from 'node:path';
import { openOnnx } from '../../compute/onnx-runtime.ts';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import { toOnnx } from '../../network/onnx.ts';
import type { ExportFile } from '../export-file.ts';
import { preprocessingOf } from '../preprocessing.ts';
import type { ModelInput, Target } from '../target.ts';

const ONNX_FILE = 'model.onnx';
const INPUT: ModelInput = { layout: 'NCHW', dtype: 'float32' };

export const onnx: Target = {
  input: INPUT,
  write: (classifier) => [onnxFile(classifier)],
  reopen,
  words: {
    title: 'Image classifier (ONNX)',
    runtime: 'ONNX Runtime',
    metadata: 'The model carries its class names (`labels`, `names`) and the rule (`preprocessing`) as metadata.',
    howTo: [
      '```',
      'pip install onnxruntime pillow',
      'python example.py photo.jpg',
      '```',
      '',
      'To serve it, without Fovea: `python serve.py` answers `POST /predict` with pictures; its first lines say how, and Dockerfile puts it into a container:',
      '',
      '```',
      'docker build -t classifier .',
      'docker run --rm -p 127.0.0.1:8080:8080 classifier',
      'curl -F file=@photo.jpg http://127.0.0.1:8080/predict',
      '```',
    ].join('\n'),
  },
  samples: ['onnx/example.py', 'onnx/serve.py', 'onnx/Dockerfile', 'common/picture.py'],
};

/**
 * Writes a classifier as one ONNX file that explains itself: float32 [batch, 3, S, S] in (RGB, 0–255), probabilities out,
 * and as `metadata_props`
 * - `labels`: the class names as a JSON array,
 * - `names`: the same as a Python dictionary of number → name, as Ultralytics' tools write it,
 * - `Image.*`: the keys that ONNX itself defines for pictures (docs/MetadataProps.md of onnx),
 * - `preprocessing`: how a picture file becomes the input, as JSON.
 */
export function onnxFile(classifier: Classifier): ExportFile {
  const metadata = {
    labels: JSON.stringify(classifier.labels),
    names: pythonDictionary(classifier.labels),
    'Image.BitmapPixelFormat': 'Rgb8',
    'Image.ColorSpaceGamma': 'SRGB',
    'Image.NominalPixelRange': 'NominalRange_0_255',
    preprocessing: JSON.stringify(preprocessingOf(classifier, INPUT)),
    backbone: classifier.backbone,
    backbone_licence: classifier.licence,
  };
  return { name: ONNX_FILE, content: toOnnx(classifier.network, { pixels: 'float32-nchw', metadata }) };
}

/** A JSON string is a Python string too: both read the same escapes, and JSON leaves none of Python's own. */
function pythonDictionary(labels: readonly string[]): string {
  return `{${labels.map((label, index) => `${index}: ${JSON.stringify(label)}`).join(', ')}}`;
}

async function reopen(folder: string, { imageSize, labels }: Classifier): Promise<Runner> {
  const session = await openOnnx(join(folder, ONNX_FILE));
  return {
    outputShape: [labels.length],
    outputCount: labels.length,
    run: (pixels, count) => session.run(toPlanes(pixels, count), [count, 3, imageSize, imageSize]),
    dispose: () => session.dispose(),
  };
}

/** uint8 [count, S, S, 3] → float32 [count, 3, S, S]. */
function toPlanes(pixels: Uint8Array, count: number): Float32Array {
  const planes = new Float32Array(pixels.length);
  const area = pixels.length / count / 3;
  for (let picture = 0, source = 0; picture < count; picture++) {
    const start = picture * area * 3;
    for (let pixel = 0; pixel < area; pixel++)
      for (let channel = 0; channel < 3; channel++) planes[start + channel * area + pixel] = pixels[source++] ?? 0;
  }
  return planes;
}
