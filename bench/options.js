// @ts-check
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FIGURES } from './figures.js';

/** @typedef {keyof typeof FIGURES} FigureName */

/**
 * @typedef {object} Options
 * @property {boolean} isQuick
 * @property {number} repeats
 * @property {readonly FigureName[]} only     figures to measure
 * @property {string | null} jsonFile
 * @property {string | null} from             a file that an earlier run wrote: report it, measure nothing
 * @property {boolean} saves                  whether README and its plot get the figures
 */

export const USAGE = `usage: npm run bench -- [options]

  --repeats N       rounds of every comparison (default 3; quick: 1)
  --quick           under three minutes: peers train one or two epochs, and ten are worked out from those
  --only A,B        these figures alone
  --json FILE       write every figure as {name: {value, goal, met, runs, …}}
  --from FILE       report what --json wrote, and measure nothing
  --save            write the figures into README.md, and the plot that it shows

Needs ../shared (pictures, weights, the peers' recipes). The peers' Python is $FOVEA_BENCH_PYTHON, or a virtual environment
made in bench/.venv (TensorFlow and PyTorch: several gigabytes, once). Temporary files go where $TMPDIR says (2 GB).

figures: ${Object.keys(FIGURES).join(', ')}
`;

/**
 * @param {readonly string[]} args
 * @returns {Options}
 * @throws Error that names what cannot be used
 */
export function readOptions(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      repeats: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'string' },
      from: { type: 'string' },
      save: { type: 'boolean', default: false },
    },
  });
  const isQuick = values.quick;
  const repeats = Number(values.repeats ?? (isQuick ? 1 : 3));
  if (!Number.isInteger(repeats) || repeats < 1)
    throw new Error(`--repeats ${values.repeats}: a whole number from 1 on`);
  if (values.save && isQuick) throw new Error('--save: quick figures are partly worked out; run without --quick');
  const only = (values.only?.split(',') ?? Object.keys(FIGURES)).map(requireFigure);
  const jsonFile = values.json ?? null;
  if (jsonFile !== null) writeFileSync(jsonFile, '{}\n'); // fails now rather than after half an hour
  return { isQuick, repeats, only, jsonFile, from: values.from ?? null, saves: values.save };
}

/** @param {string} name @returns {FigureName} */
function requireFigure(name) {
  if (name in FIGURES) return /** @type {FigureName} */ (name);
  throw new Error(`--only ${name}: there is no such figure; choose of ${Object.keys(FIGURES).join(', ')}`);
}
