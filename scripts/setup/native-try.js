// @ts-check
/**
 * Run as a throw-away process: loads tfjs-node-gpu from the folder in its argument, lets it do one convolution forward and
 * backward against hand computation, and prints `{"version","device"}`. A crash is an answer too.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';

const require = createRequire(import.meta.url);
// tfjs-node 4.22 calls two helpers that Node 23 removed; the fix was merged but never released (tensorflow/tfjs#8425).
const legacy = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (util));
legacy['isNullOrUndefined'] ??= (/** @type {unknown} */ value) => value === null || value === undefined;
legacy['isArray'] ??= Array.isArray;

const folder = process.argv[2] ?? '';
const tf = require(path.join(folder, require(path.join(folder, 'package.json')).main));

// A 2×2 kernel of ones over [[1, 2], [3, 4]] gives 10; the gradient of that sum by the kernel is the picture.
const picture = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
/** @param {unknown} kernel */
const convolve = (kernel) => tf.sum(tf.conv2d(picture, kernel, 1, 'valid'));
const ones = tf.ones([2, 2, 1, 1]);
const got = JSON.stringify([[...convolve(ones).dataSync()], [...tf.grad(convolve)(ones).dataSync()]]);
if (got !== '[[10],[1,2,3,4]]') throw new Error(`it computes wrongly: expected [[10],[1,2,3,4]], got ${got}`);

const { isUsingGpuDevice, binding } = tf.backend();
process.stdout.write(`${JSON.stringify({ version: binding.TF_Version, device: isUsingGpuDevice ? 'gpu' : 'cpu' })}\n`);
