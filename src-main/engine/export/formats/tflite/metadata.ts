/**
 * What tools of TFLite read beside the graph: the `TFLITE_METADATA` buffer, and files packed into a zip after the model's end.
 * Slots are those of tflite_support/metadata/metadata_schema.fbs. MediaPipe's tasks take class names and normalisation from here.
 */
import { Builder } from 'flatbuffers';
import { zipSync, type Zippable } from 'fflate';
import { labelsText } from '../../labels.ts';
import type { Classifier } from '../../../network/classifier.ts';
import { float32s, offsets, table, type Offset } from './flatbuffer.ts';

export const LABELS_FILE = 'labels.txt';
export const PREPROCESSING_FILE = 'preprocessing.json';

/** `AssociatedFileType`: a description of the whole, and a name for each value along an axis. */
const DESCRIPTION = 1;
const AXIS_LABELS = 2;

/** `ContentProperties`: the members of the union. */
const FEATURE = 1;
const IMAGE = 2;

/** `ColorSpaceType.RGB`. */
const RGB = 1;

/** `ProcessUnitOptions.NormalizationOptions`. */
const NORMALISATION = 1;

/**
 * The metadata of an image classifier that takes pixels of 0–255 as they are, since it normalises them itself.
 *
 * @param outputLimit  the value that stands for a probability of 1.
 */
export function describeModel({ imageSize, backbone, licence }: Classifier, outputLimit: 1 | 255): Uint8Array {
  const builder = new Builder(1024);
  const text = (value: string): Offset => builder.createString(value);
  const content = (type: number, properties: Offset) =>
    table(builder, 3, { 0: ['int8', type], 1: ['offset', properties] });
  const stats = (largest: number) => {
    const [max, min] = [float32s(builder, [largest]), float32s(builder, [0])];
    return table(builder, 2, { 0: ['offset', max], 1: ['offset', min] });
  };
  const file = (name: string, description: string, type: number) =>
    table(builder, 5, { 0: ['offset', text(name)], 1: ['offset', text(description)], 2: ['int8', type] });

  const size = table(builder, 2, { 0: ['int32', imageSize], 1: ['int32', imageSize] });
  const image = content(IMAGE, table(builder, 2, { 0: ['int8', RGB], 1: ['offset', size] }));
  const asTheyAre = { 0: ['offset', float32s(builder, [0])], 1: ['offset', float32s(builder, [1])] } as const; // mean, deviation
  const step = table(builder, 2, { 0: ['int8', NORMALISATION], 1: ['offset', table(builder, 2, asTheyAre)] });
  const input = table(builder, 7, {
    0: ['offset', text('image')],
    1: ['offset', text('Picture, RGB, 0-255')],
    3: ['offset', image],
    4: ['offset', offsets(builder, [step])],
    5: ['offset', stats(255)],
  });
  const output = table(builder, 7, {
    0: ['offset', text('probability')],
    1: ['offset', text('Probability of each class')],
    3: ['offset', content(FEATURE, table(builder, 0, {}))],
    5: ['offset', stats(outputLimit)],
    6: ['offset', offsets(builder, [file(LABELS_FILE, 'Class names', AXIS_LABELS)])],
  });
  const subgraph = table(builder, 10, {
    2: ['offset', offsets(builder, [input])],
    3: ['offset', offsets(builder, [output])],
  });
  const rule = file(PREPROCESSING_FILE, 'Class names, and the way from a picture file to the input', DESCRIPTION);
  const model = table(builder, 8, {
    0: ['offset', text('Image classifier')],
    1: ['offset', text(`Made with Fovea on ${backbone}`)],
    2: ['offset', text('1')],
    3: ['offset', offsets(builder, [subgraph])],
    5: ['offset', text(`Backbone: ${licence}`)],
    6: ['offset', offsets(builder, [rule])],
    7: ['offset', text('1.0.0')],
  });
  builder.finish(model, 'M001');
  return builder.asUint8Array();
}

/**
 * Packs the files that the metadata names behind a model. A TFLite reader stops where the model ends; a zip reader begins at
 * the end of the file and finds the entries from there.
 *
 * @param preprocessing  JSON.
 */
export function packFiles(model: Uint8Array, labels: readonly string[], preprocessing: string): Uint8Array {
  const encoder = new TextEncoder();
  const files: Zippable = {
    [LABELS_FILE]: encoder.encode(labelsText(labels)),
    [PREPROCESSING_FILE]: encoder.encode(preprocessing),
  };
  // Not compressed: MediaPipe reads the names where they lie. One date, the first that a zip can bear, so that bytes repeat.
  const zip = zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
  moveEntries(zip, model.length);
  return Buffer.concat([model, zip]);
}

const END_RECORD_BYTES = 22;
const ENTRY_BYTES = 46;

/** Tells a zip that something lies before it: places of its entries count from the start of the file. */
function moveEntries(zip: Uint8Array, by: number): void {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const add = (at: number) => view.setUint32(at, view.getUint32(at, true) + by, true);
  const end = zip.length - END_RECORD_BYTES; // it has no comment
  let entry = view.getUint32(end + 16, true);
  add(end + 16);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    add(entry + 42);
    const extra = [28, 30, 32].reduce((sum, field) => sum + view.getUint16(entry + field, true), 0); // name, extra, comment
    entry += ENTRY_BYTES + extra;
  }
}
