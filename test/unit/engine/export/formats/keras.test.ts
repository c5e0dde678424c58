import { afterEach, expect, test, vi } from 'vitest';
import { readKerasModel } from '../../../../../src-main/engine/backbones/keras-file.ts';
import { toKerasH5 } from '../../../../../src-main/engine/export/formats/keras/h5-file.ts';
import { toKerasZip } from '../../../../../src-main/engine/export/formats/keras/keras-file.ts';
import { inKerasOrder } from '../../../../../src-main/engine/export/formats/keras/layer-order.ts';
import { stockLayers } from '../../../../../src-main/engine/export/formats/stock-layers.ts';
import { targetOf } from '../../../../../src-main/engine/export/targets.ts';
import { everyNodeNetwork, shortcutFirstNetwork, smallClassifier } from '../../../../helpers/classifiers.ts';

afterEach(() => void vi.useRealTimers());

const formats = Object.entries({ '.keras': toKerasZip, '.h5': toKerasH5 });

test('layers stand as Keras counts them: from afar to the output, and of equals the one met first from there', () => {
  // The branch is two convolutions long and the shortcut one; the sum takes the branch first.
  expect(inKerasOrder(stockLayers(shortcutFirstNetwork())).map(({ name }) => name)).toEqual([
    'image',
    'pixels',
    'branch_1',
    'branch_relu',
    'branch_2',
    'shortcut',
    'sum',
    'embedding',
    'logits',
    'probabilities',
  ]);
});

test.each(formats)('%s gives every layer its own weights back', async (_, write) => {
  const network = shortcutFirstNetwork();
  const { weight } = await readKerasModel(await write(network, {}));
  for (const node of network.nodes)
    if (node.op === 'conv2d') {
      expect(weight(`${node.name}/kernel`), node.name).toEqual(node.kernel);
      expect(weight(`${node.name}/bias`), node.name).toEqual(node.bias);
    }
});

test.each(formats)('%s of the same network has the same bytes, whenever it is written', async (_, write) => {
  const metadata = { labels: ['x', 'y', 'z'] };
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2001-02-03T04:05:06Z') });
  const first = await write(everyNodeNetwork(), metadata);
  await write(everyNodeNetwork({ size: 33, seed: 4 }), {}); // leaves other values in h5wasm's memory
  const later = new Date('2031-12-11T10:09:08Z');
  vi.setSystemTime(later);
  expect(Buffer.compare(await write(everyNodeNetwork(), metadata), first)).toBe(0);
  expect(Date.now()).toBe(later.getTime()); // the clock goes on
});

test.each(formats)('%s of a network that cannot run is refused', async (_, write) => {
  const broken = { nodes: everyNodeNetwork().nodes.slice(1) };
  await expect(write(broken, {})).rejects.toThrow(/must be the input/);
});

test.each(['keras', 'keras-h5'] as const)('%s is said to be not run, and why', async (format) => {
  const { reopen } = await targetOf(format);
  expect(await reopen('/nowhere', smallClassifier())).toEqual({
    whyNot: 'Keras needs Python, which the app does not bring.',
  });
});
