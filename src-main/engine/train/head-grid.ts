import type { TrainConfig } from '../../contract/training.ts';

/** What heads of one stack may differ in. */
const OWN_SETTINGS: readonly (keyof TrainConfig)[] = [
  'learningRate',
  'weightDecay',
  'labelSmoothing',
  'l1',
  'l2',
  'seed',
];

/**
 * Heads by seed, so many of each that the grid has no gaps: where a seed has fewer, its last comes again.
 *
 * @returns `places`: where in the flat grid each config lies.
 */
export function arrange(configs: readonly TrainConfig[]) {
  const bySeed = new Map<number, TrainConfig[]>();
  const found = configs.map((config) => {
    const row = bySeed.get(config.seed) ?? [];
    bySeed.set(config.seed, row);
    return { seed: config.seed, place: row.push(config) - 1 };
  });
  const seeds = [...bySeed.keys()];
  const width = Math.max(...[...bySeed.values()].map((row) => row.length));
  const grid = [...bySeed.values()].map(
    (row) => Array.from({ length: width }, (_, place) => (row[place] ?? row.at(-1)) as TrainConfig), // as: no row is empty
  );
  return { seeds, grid, places: found.map(({ seed, place }) => seeds.indexOf(seed) * width + place) };
}

/** @throws Error if heads of one stack differ in what they cannot. */
export function requireAlike(configs: readonly TrainConfig[]): void {
  const shared = (config: TrainConfig) =>
    Object.entries(config)
      .filter(([name]) => !OWN_SETTINGS.includes(name as keyof TrainConfig)) // as: its own keys
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const first = JSON.stringify(shared(configs[0] as TrainConfig)); // as: the caller has at least one
  const other = configs.find((config) => JSON.stringify(shared(config)) !== first);
  if (other !== undefined) throw new Error(`Heads of one stack differ in more than ${OWN_SETTINGS.join(', ')}`);
}
