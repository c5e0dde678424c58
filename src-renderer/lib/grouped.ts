/** Things by their group, groups and things in the order in which they come. */
export function byGroup<T extends { readonly group: string }>(
  things: readonly T[],
): readonly (readonly [string, readonly T[]])[] {
  const names = [...new Set(things.map(({ group }) => group))];
  return names.map((name) => [name, things.filter(({ group }) => group === name)] as const);
}
