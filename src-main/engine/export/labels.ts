/**
 * One class a line, in the order of the probabilities. A name may hold a line break, as a folder's may: it and
 * other control characters, at some of which Python breaks lines too, become spaces, so that line n is class n. The
 * exact names are in the model and in `preprocessing.json`.
 */
export function labelsText(labels: readonly string[]): string {
  return labels.map((label) => `${label.replaceAll(/\r\n|[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')}\n`).join('');
}
