import type { Classifier } from '../network/classifier.ts';
import { toOnnx } from '../network/onnx.ts';
import type { ExportFile } from './export-file.ts';
import { preprocessingOf } from './preprocessing.ts';

export const ONNX_FILE = 'model.onnx';

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
    preprocessing: JSON.stringify(preprocessingOf(classifier, 'onnx')),
    backbone: classifier.backbone,
    backbone_licence: classifier.licence,
  };
  return { name: ONNX_FILE, content: toOnnx(classifier.network, { pixels: 'float32-nchw', metadata }) };
}

/** A JSON string is a Python string too: both read the same escapes, and JSON leaves none of Python's own. */
function pythonDictionary(labels: readonly string[]): string {
  return `{${labels.map((label, index) => `${index}: ${JSON.stringify(label)}`).join(', ')}}`;
}
