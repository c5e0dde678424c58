/** Writes one JSON object and its line end to stdout, and answers when it is out: pipes are written late. */
export function printJson(value: unknown): Promise<void> {
  return printText(JSON.stringify(value, null, 2));
}

export function printText(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}
