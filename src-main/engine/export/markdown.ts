/** Markdown code on one line, whatever the text holds: its fence is longer than any run of backticks in it. */
export function asCode(text: string): string {
  const oneLine = text.replaceAll(/\s/g, ' ');
  const longest = Math.max(0, ...(oneLine.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${oneLine}${fence}` : `${fence} ${oneLine} ${fence}`;
}
