/** Settings of operators, by the slots of their tables in schema.fbs. */
import { PADDING, type FUSED, type Options } from './schema.ts';

/** What an operator does to its output besides: `FUSED`. */
type Fused = (typeof FUSED)[keyof typeof FUSED];

/** Without dilation, under SAME padding. */
export function conv2dOptions(stride: number, fused: Fused): Options {
  const fields = {
    0: ['int8', PADDING.same],
    1: ['int32', stride],
    2: ['int32', stride],
    3: ['int8', fused],
    4: ['int32', 1],
    5: ['int32', 1],
  } as const;
  return { type: 1, slotCount: 7, fields };
}

/** As `conv2dOptions`, one filter a channel. */
export function depthwiseOptions(stride: number, fused: Fused): Options {
  const fields = {
    0: ['int8', PADDING.same],
    1: ['int32', stride],
    2: ['int32', stride],
    3: ['int32', 1],
    4: ['int8', fused],
    5: ['int32', 1],
    6: ['int32', 1],
  } as const;
  return { type: 2, slotCount: 7, fields };
}

/** Blocks that do not overlap; what is left over at the end of an axis is cut. */
export function poolOptions(size: number): Options {
  const sides = { 1: ['int32', size], 2: ['int32', size], 3: ['int32', size], 4: ['int32', size] } as const;
  return { type: 5, slotCount: 6, fields: { 0: ['int8', PADDING.valid], ...sides } };
}

export const denseOptions = (fused: Fused): Options => ({ type: 8, slotCount: 6, fields: { 0: ['int8', fused] } });
export const softmaxOptions: Options = { type: 9, slotCount: 1, fields: { 0: ['float32', 1] } };
export const addOptions = (fused: Fused): Options => ({ type: 11, slotCount: 2, fields: { 0: ['int8', fused] } });
export const mulOptions: Options = { type: 21, slotCount: 1, fields: {} };
export const gatherOptions = (axis: number): Options => ({ type: 23, slotCount: 2, fields: { 0: ['int32', axis] } });
/** Axes that are averaged vanish. */
export const meanOptions: Options = { type: 27, slotCount: 1, fields: {} };
export const subOptions: Options = { type: 28, slotCount: 2, fields: {} };
export const maximumOptions: Options = { type: 39, slotCount: 0, fields: {} };
export const leakyReluOptions = (slope: number): Options => ({
  type: 75,
  slotCount: 1,
  fields: { 0: ['float32', slope] },
});
