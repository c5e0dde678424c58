import type { Shape } from './shapes.ts';

/** Where the statistics of a node lie in a row: its least value, its largest, and the mean of each channel. */
export interface StatisticsPlace {
  readonly node: string;
  readonly start: number;
  readonly channels: number;
}

/** The statistics of nodes one after another. */
export function layStatistics(nodes: readonly string[], shapes: ReadonlyMap<string, Shape>): StatisticsPlace[] {
  let start = 0;
  return nodes.map((node) => {
    const channels = shapes.get(node)?.at(-1);
    if (channels === undefined) throw new Error(`The network has no node "${node}"`);
    const place = { node, start, channels };
    start += 2 + channels;
    return place;
  });
}
