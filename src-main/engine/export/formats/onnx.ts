import { join } from 'node:path';
import { openOnnx } from '../../compute/onnx-runtime.ts';
import type { Runner } from '../../features/runner.ts';
import type { Classifier } from '../../network/classifier.ts';
import { ONNX_VERSIONS, toOnnx } from '../../network/onnx.ts';
import type { PixelLayout } from '../../network/onnx-nodes.ts';
import type { ExportFile } from '../export-file.ts';
import { preprocessingOf } from '../preprocessing.ts';
import type { ModelInput, Target } from '../target.ts';

const ONNX_FILE = 'model.onnx';

/** How a variant takes its pictures. */
const INPUTS = {
  'float32-nchw': { layout: 'NCHW', dtype: 'float32' },
  'float32-nhwc': { layout: 'NHWC', dtype: 'float32' },
  'uint8-any-size': { layout: 'NHWC', dtype: 'uint8', isAnySize: true },
} as const satisfies Partial<Record<PixelLayout, ModelInput>>;
type Variant = keyof typeof INPUTS;

const TRY_IT = ['```', 'pip install onnxruntime pillow', 'python example.py photo.jpg', '```'];
const SERVE_IT = [
  '',
  'To serve it, without Fovea: `python serve.py` answers `POST /predict` with pictures; its first lines say how, and Dockerfile puts it into a container:',
  '',
  '```',
  'docker build -t classifier .',
  'docker run --rm -p 127.0.0.1:8080:8080 classifier',
  'curl -F file=@photo.jpg http://127.0.0.1:8080/predict',
  '```',
];
const EXAMPLE = ['onnx/example.py', 'common/picture.py'];

export const onnx = targetOf('float32-nchw', {
  title: 'Image classifier (ONNX)',
  howTo: [...TRY_IT, ...SERVE_IT].join('\n'),
  samples: [...EXAMPLE, 'onnx/serve.py', 'onnx/Dockerfile'],
});
export const onnxNhwc = targetOf('float32-nhwc', { title: 'Image classifier (ONNX, channels last)' });
export const onnxAnySize = targetOf('uint8-any-size', { title: 'Image classifier (ONNX, pictures of any size)' });

interface Texts {
  readonly title: string;
  readonly howTo?: string;
  readonly samples?: readonly string[];
}

function targetOf(variant: Variant, { title, howTo = TRY_IT.join('\n'), samples = EXAMPLE }: Texts): Target {
  return {
    input: INPUTS[variant],
    facts: ONNX_VERSIONS,
    write: (classifier) => [onnxFile(classifier, variant)],
    reopen: (folder, classifier) => reopen(folder, classifier, variant),
    words: {
      title,
      runtime: 'ONNX Runtime',
      metadata: `The model (opset ${ONNX_VERSIONS.opset}, IR version ${ONNX_VERSIONS.irVersion}) carries its class names (\`labels\`, \`names\`) and the rule (\`preprocessing\`) as metadata.`,
      howTo,
    },
    samples,
  };
}

/**
 * Writes a classifier as one ONNX file that explains itself: pixels 0–255 in (RGB), probabilities out,
 * and as `metadata_props`
 * - `labels`: the class names as a JSON array,
 * - `names`: the same as a Python dictionary of number → name, as Ultralytics' tools write it,
 * - `Image.*`: the keys that ONNX itself defines for pictures (docs/MetadataProps.md of onnx),
 * - `preprocessing`: how a picture file becomes the input, as JSON.
 */
export function onnxFile(classifier: Classifier, variant: Variant = 'float32-nchw'): ExportFile {
  const metadata = {
    labels: JSON.stringify(classifier.labels),
    names: pythonDictionary(classifier.labels),
    'Image.BitmapPixelFormat': 'Rgb8',
    'Image.ColorSpaceGamma': 'SRGB',
    'Image.NominalPixelRange': 'NominalRange_0_255',
    preprocessing: JSON.stringify(preprocessingOf(classifier, INPUTS[variant])),
    backbone: classifier.backbone,
    backbone_licence: classifier.licence,
  };
  return { name: ONNX_FILE, content: toOnnx(classifier.network, { pixels: variant, metadata }) };
}

/** A JSON string is a Python string too: both read the same escapes, and JSON leaves none of Python's own. */
function pythonDictionary(labels: readonly string[]): string {
  return `{${labels.map((label, index) => `${index}: ${JSON.stringify(label)}`).join(', ')}}`;
}

async function reopen(folder: string, { imageSize, labels }: Classifier, variant: Variant): Promise<Runner> {
  const session = await openOnnx(join(folder, ONNX_FILE));
  const { layout, dtype } = INPUTS[variant];
  return {
    outputShape: [labels.length],
    outputCount: labels.length,
    run: (pixels, count) => {
      const values = dtype === 'uint8' ? pixels : Float32Array.from(pixels);
      if (layout === 'NHWC') return session.run(values, [count, imageSize, imageSize, 3]);
      return session.run(toPlanes(pixels, count), [count, 3, imageSize, imageSize]);
    },
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
