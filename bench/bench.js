// @ts-check
/**
 * The main job, ours and the peers', on the same pictures and the same weights in one go, alternating.
 *
 * usage: npm run bench -- [--repeats 3] [--json FILE]
 * Needs ../shared (pictures, weights, the peers' recipes). The peers' Python is $FOVEA_BENCH_PYTHON, or a virtual environment
 * that this script makes in bench/.venv (TensorFlow and PyTorch: several gigabytes, once).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const shared = join(root, '..', 'shared');
const pictures = join(shared, 'data', 'hymenoptera');
const weights = join(shared, 'backbones', 'mobilenet_v1_0.75_224');

/** @param {string} name @param {string} fallback */
function option(name, fallback) {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}

/** @param {string} command @param {readonly string[]} args */
function run(command, args) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${status}): ${stderr.slice(-2000)}`);
  return { stdout, seconds: (performance.now() - started) / 1000 };
}

/** @returns {string} a Python that has both peers */
function peersPython() {
  const given = process.env['FOVEA_BENCH_PYTHON'];
  if (given) return given;
  const venv = join(root, 'bench', '.venv');
  const python = join(venv, 'bin', 'python');
  const complete = join(venv, 'complete');
  if (!existsSync(complete)) {
    process.stderr.write('Making the peers’ virtual environment (once; several gigabytes) …\n');
    rmSync(venv, { recursive: true, force: true });
    run('python3', ['-m', 'venv', venv]);
    run(python, ['-m', 'pip', 'install', '-q', 'tensorflow-cpu==2.21.0', 'torch', 'torchvision', 'pillow']);
    writeFileSync(complete, '');
  }
  return python;
}

/** One cold run of our command line: a fresh process, nothing cached. Both exports are written and checked in it. @param {number} seed */
function ours(seed) {
  const out = mkdtempSync(join(tmpdir(), 'fovea-bench-'));
  const { stdout, seconds } = run(process.execPath, [
    'dist/main/fovea.js',
    'train',
    pictures,
    '--out',
    out,
    '--backbone',
    'mobilenet_v1_0.75_224',
    '--seed',
    String(seed),
    '--json',
  ]);
  rmSync(out, { recursive: true });
  const report = JSON.parse(stdout);
  return { seconds, accuracy: report.accuracy.val, phases: report.seconds, exports: report.exports };
}

/** The peer's published recipe with a frozen backbone, ten epochs. @param {string} python @param {string} script */
function peer(python, script) {
  const { stdout, seconds } = run(python, [
    join(shared, 'peers', script),
    weights,
    join(pictures, 'train'),
    join(pictures, 'val'),
    '10',
    '0',
  ]);
  const { val } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
  return { seconds, accuracy: val.at(-1) };
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ index) => sorted[index] ?? NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.floor(sorted.length / 2))) / 2;
}

if (!existsSync(pictures) || !existsSync(weights)) {
  process.stderr.write(
    'The benchmark needs ../shared/data/hymenoptera and ../shared/backbones beside this checkout.\n',
  );
  process.exit(1);
}
const repeats = Number(option('--repeats', '3'));
const python = peersPython();
/** @type {{ours: ReturnType<typeof ours>[], keras: ReturnType<typeof peer>[], pytorch: ReturnType<typeof peer>[]}} */
const runs = { ours: [], keras: [], pytorch: [] };
for (let repeat = 0; repeat < repeats; repeat++) {
  process.stderr.write(`Round ${repeat + 1} of ${repeats} …\n`);
  runs.ours.push(ours(repeat));
  runs.keras.push(peer(python, 'keras_transfer.py'));
  runs.pytorch.push(peer(python, 'torch_transfer.py'));
}

const seconds = {
  ours: median(runs.ours.map((r) => r.seconds)),
  keras: median(runs.keras.map((r) => r.seconds)),
  pytorch: median(runs.pytorch.map((r) => r.seconds)),
};
const accuracy = (/** @type {keyof typeof runs} */ who) => runs[who].reduce((sum, r) => sum + r.accuracy, 0) / repeats;
const phase = (/** @type {string} */ name) => median(runs.ours.map((r) => r.phases[name])).toFixed(1);
const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} threads, Node ${process.version}`;
process.stdout.write(
  [
    `hymenoptera, MobileNet V1 0.75, linear head, cold, whole process; median of ${repeats} (${machine})`,
    '',
    '| | seconds | ratio | validation accuracy (mean) |',
    '|---|---|---|---|',
    `| Fovea, exports written and checked | ${seconds.ours.toFixed(1)} | 1 | ${accuracy('ours').toFixed(4)} |`,
    `| Keras recipe, 10 epochs | ${seconds.keras.toFixed(1)} | ${(seconds.keras / seconds.ours).toFixed(1)} × | ${accuracy('keras').toFixed(4)} |`,
    `| PyTorch recipe, 10 epochs | ${seconds.pytorch.toFixed(1)} | ${(seconds.pytorch / seconds.ours).toFixed(1)} × | ${accuracy('pytorch').toFixed(4)} |`,
    '',
    `Fovea by phase, seconds: decode ${phase('decode')}, features ${phase('features')}, train ${phase('train')}, evaluate ${phase('evaluate')}, export ${phase('export')}, total ${phase('total')}`,
    '',
  ].join('\n'),
);
const jsonFile = option('--json', '');
if (jsonFile) writeFileSync(jsonFile, JSON.stringify({ machine, runs }, null, 2));
