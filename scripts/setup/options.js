// @ts-check
/** Switches of the set-up, on the command line and in FOVEA_SKIP. */

/** Every step by name, in order, with what skipping it costs. */
export const STEPS = /** @type {const} */ ({
  packages: 'npm packages of package-lock.json',
  backbones: 'pretrained backbones in assets/backbones',
  native: 'native TensorFlow; without it training runs in WebAssembly, slower',
  electron: "Electron's binary; without it the app opens in the browser",
  chromium: 'a Chromium for the end-to-end tests (with --for-tests only)',
  python: 'ONNX references in Python for the tests (with --for-tests only)',
  formats: 'TensorFlow, Keras and other readers of exports in Python for the tests: 2 GB (with --for-tests only)',
  build: 'bundling src-main and src-renderer into dist',
});

/** @typedef {keyof typeof STEPS} StepName */

/**
 * @typedef {object} Options
 * @property {ReadonlySet<StepName>} skip
 * @property {boolean} system    whether system packages may be installed with apt (as root on Debian and Ubuntu)
 * @property {boolean} forTests
 * @property {boolean} verify    hash everything again
 * @property {readonly string[]} backbones  ids to bring beside those that every set-up brings
 * @property {boolean} help
 */

const stepNames = /** @type {StepName[]} */ (Object.keys(STEPS));

/**
 * @param {readonly string[]} args   e.g. `['--skip-native', '--for-tests']`
 * @param {string} [skipVariable]    value of FOVEA_SKIP: names with commas between them
 * @returns {Options}
 * @throws Error in words for the user, where a name is unknown
 */
export function parseOptions(args, skipVariable = '') {
  /** @type {Set<StepName>} */
  const skip = new Set();
  /** @type {string[]} */
  const backbones = [];
  const options = { skip, system: true, forTests: false, verify: false, backbones, help: false };
  /** @param {string} name @param {string} given */
  const addSkip = (name, given) => {
    const step = stepNames.find((known) => known === name);
    if (name === 'system') options.system = false;
    else if (step) skip.add(step);
    else throw new Error(`${given} names no step. Steps: ${stepNames.join(', ')}, system.`);
  };
  for (const name of skipVariable.split(/[\s,]+/)) {
    if (name !== '') addSkip(name.toLowerCase(), `FOVEA_SKIP=${skipVariable}: "${name}"`);
  }
  const rest = args.values();
  for (const arg of rest) {
    if (arg.startsWith('--skip-')) addSkip(arg.slice('--skip-'.length), arg);
    else if (arg === '--for-tests') options.forTests = true;
    else if (arg === '--backbone') backbones.push(...(rest.next().value ?? '').split(',').filter(Boolean));
    else if (arg === '--verify') options.verify = true;
    else if (arg === '--help' || arg === '-h') options.help = true;
    else throw new Error(`Unknown switch ${arg}. "npm run setup -- --help" lists them.`);
  }
  return options;
}

/**
 * The options of this process; null, after saying why and setting the exit code, where they are wrong.
 *
 * @param {readonly string[]} args
 * @returns {Options | null}
 */
export function readOptions(args) {
  try {
    return parseOptions(args, process.env['FOVEA_SKIP']);
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
    process.exitCode = 2;
    return null;
  }
}

export const helpText = `Sets Fovea up: brings what is missing, checks what is there. Safe to run again at any time.

Usage: npm run setup [-- switches]

  --for-tests        also bring what only the tests need: a Chromium, Python references
  --verify           hash every installed file again, instead of comparing size and time
  --backbone ID      also bring this pretrained backbone; may be given more than once
  --help             this text

Skip a step:
${Object.entries(STEPS)
  .map(([name, what]) => `  --skip-${name.padEnd(11)} ${what}`)
  .join('\n')}
  --skip-system      never install system packages with apt (done only as root on Debian and Ubuntu)

Environment:
  FOVEA_SKIP         the same by name, e.g. FOVEA_SKIP=native,backbones (also heeded by npm start and npm test)
  FOVEA_BACKBONES    a folder that holds backbones: <folder>/<id>/<files>, or the files themselves
  FOVEA_CACHE        folder of big downloads, shared by every checkout (default: fovea in the user's cache folder)
  FOVEA_NATIVE       cpu or gpu: which TensorFlow to install (default: gpu where an NVIDIA card is seen)
  FOVEA_PYTHON       the Python 3 to use
  FOVEA_CHROMIUM     the Chromium or Chrome that the tests use
  CXX                the C++ compiler (default: g++, c++ or clang++)

Exit code: 0 when Fovea can run (a step that failed is named in the table), 1 when it cannot, 2 for a wrong switch.
`;
