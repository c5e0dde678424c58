// @ts-check
/** How much trained models lose as TensorFlow Lite files, beside TensorFlow's own converter. `--help` says how. */
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/run.js';
import { cleanUpAtTheEnd, runForJson, temporaryFolder } from './processes.js';
import { runProgram } from './programs.js';

const USAGE = `node bench/quantise.js [--python <program>] <model> …

Exports trained models (folders that "fovea train" wrote) to TensorFlow Lite, lets TensorFlow's converter quantise the same
network on the same calibration pictures, and compares both with the app on the model's validation pictures.
--python needs tensorflow 2.21; default: python3.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, python: { type: 'string', default: 'python3' } },
});
if (values.help === true || positionals.length === 0) {
  process.stdout.write(USAGE);
} else {
  cleanUpAtTheEnd();
  for (const model of positionals) await measure(resolve(model));
}

/** @param {string} model */
async function measure(model) {
  const folder = temporaryFolder('quantise');
  mkdirSync(folder, { recursive: true });
  const written = await runProgram('quantise', [{ modelFolder: model, folder }]);
  const script = join(root, 'bench', 'tflite_quantise.py');
  /** @type {any} what the script prints */
  const found = await runForJson(values.python, [script, model, folder]);
  const { app, ...files } = found;
  const lines = Object.entries(files).map(([name, file]) => {
    const ours = written.formats.find((/** @type {{ format: string }} */ { format }) => format === name);
    const milliseconds = (/** @type {number | undefined} */ value) => (value === undefined ? '' : value.toFixed(0));
    return [
      name,
      percent(file.agreement),
      percent(file.accuracy),
      file.meanDifference.toExponential(1),
      file.largestDifference.toFixed(3),
      (file.bytes / 1e6).toFixed(2),
      milliseconds(ours?.writeMs),
      milliseconds(ours?.calibrationMs),
      milliseconds(ours?.checkMs),
    ];
  });
  const head = [
    'file',
    'as the app',
    'accuracy',
    'mean difference',
    'largest',
    'MB',
    'write ms',
    'calibrate ms',
    'check ms',
  ];
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const counts = `${written.calibrationCount} pictures calibrated, ${written.validationCount} checked; accuracy in the app ${percent(app.accuracy)}`;
  process.stdout.write(`\n${basename(resolve(model, '..'))}/${basename(model)}: ${counts}\n\n${table}\n`);
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
