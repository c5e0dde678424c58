// @ts-check
/** Writes a trained model as TensorFlow Lite, and the pixels that calibrate and check it, for bench/tflite_quantise.py. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { calibrate } from '../../src-main/engine/export/calibrate.ts';
import { targetOf } from '../../src-main/engine/export/targets.ts';
import { readPixels } from '../../src-main/engine/features/pixels.ts';
import { runPictures } from '../../src-main/engine/features/run-pictures.ts';
import { loadClassifier } from '../../src-main/engine/network/classifier.ts';
import { answer, programArguments } from './rounds.js';

/** @typedef {import('../../src-main/engine/network/classifier.ts').Classifier} Classifier */

const FORMATS = /** @type {const} */ (['tflite', 'tflite-f16', 'tflite-int8', 'tflite-uint8']);

const [{ modelFolder, folder }] = programArguments();
const classifier = await loadClassifier(modelFolder);
const { validation = [], calibration = [], imageSize, labels } = classifier;
await savePixels('calibration', files(calibration));
await savePixels('validation', files(validation));
const expected = validation.map(({ file, probabilities }) => ({
  label: labels.indexOf(basename(dirname(file))),
  probabilities,
}));
await writeFile(join(folder, 'expected.json'), JSON.stringify(expected));

const formats = [];
for (const format of FORMATS) formats.push(await measure(format));
answer({ labels, calibrationCount: calibration.length, validationCount: validation.length, formats });

/** @param {typeof FORMATS[number]} format */
async function measure(format) {
  const target = await targetOf(format);
  let calibrationMs = 0;
  const started = performance.now();
  const [file] = await target.write(classifier, {
    calibrate: async (nodes) => {
      const from = performance.now();
      const found = await calibrate(classifier, nodes, { folder: undefined });
      calibrationMs = performance.now() - from;
      return found;
    },
  });
  const writeMs = performance.now() - started - calibrationMs;
  await mkdir(join(folder, format), { recursive: true });
  if (file === undefined) throw new Error(`${format} is one file`);
  await writeFile(join(folder, format, file.name), file.content);
  const runner = await target.reopen(join(folder, format), classifier);
  if ('whyNot' in runner) throw new Error(runner.whyNot);
  const run = await runPictures(files(validation), runner, { imageSize });
  await runner.dispose();
  return { format, bytes: file.content.length, writeMs, calibrationMs, checkMs: run.seconds.run * 1000 };
}

/** @param {readonly { file: string }[]} pictures */
function files(pictures) {
  return pictures.map(({ file }) => ({ file }));
}

/** uint8 [pictures, S, S, 3], in their order. @param {string} name @param {readonly { file: string }[]} pictures */
async function savePixels(name, pictures) {
  const length = imageSize * imageSize * 3;
  const rows = new Uint8Array(pictures.length * length);
  for await (const { index, decoded } of readPixels(pictures, { sizePx: imageSize })) {
    if (!decoded.ok) throw new Error(`${pictures[index]?.file}: ${decoded.reason}`);
    rows.set(decoded.pixels, index * length);
  }
  await writeFile(join(folder, `${name}.bin`), rows);
}
