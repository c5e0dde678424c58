/**
 * The place within 0 … length − 1 whose mirror image lies at a position beyond the edge, as often as it takes: … c b a | a b c …,
 * the `reflect` that Keras' layers fill with.
 */
export function mirror(position: number, length: number): number {
  const period = 2 * length;
  const within = ((position % period) + period) % period;
  return within < length ? within : period - 1 - within;
}
