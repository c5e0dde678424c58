/** Mean absolute correlation of different dimensions, by their covariance; those that do not vary do not count. 0 where all vary apart. */
export function meanCorrelation(covariance: readonly (readonly number[])[]): number {
  const variances = covariance.map((row, index) => row[index] ?? 0);
  const sizes = covariance.flatMap((row, i) =>
    row.flatMap((value, j) => {
      const scale = Math.sqrt((variances[i] ?? 0) * (variances[j] ?? 0));
      return i === j || scale === 0 ? [] : [Math.abs(value) / scale];
    }),
  );
  return sizes.length === 0 ? 0 : sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}
