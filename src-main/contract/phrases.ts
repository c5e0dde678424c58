/**
 * Sentences of the engine that are kept and sent as text, and can be told in another language all the same.
 *
 * Context: the reason why a file is not used stands in manifests, events and reports, those of earlier versions too, and passes
 * through every process as one text. Choice: each sentence comes from a table of patterns, by code; whoever speaks another
 * language reads code and values back from the text. Cost: who changes a pattern leaves older texts in English.
 */
export type PhraseValues = Readonly<Record<string, string>>;

export interface Phrase<Code extends string> {
  readonly code: Code;
  readonly values: PhraseValues;
}

interface Pattern<Code extends string> {
  readonly code: Code;
  readonly names: readonly string[];
  readonly expression: RegExp;
}

const PLACE = /\{(\w+)\}/g;

export class Phrases<Code extends string> {
  readonly #patterns: Readonly<Record<Code, string>>;
  /** The most telling first: one with many places would take in the text of others. */
  readonly #readable: readonly Pattern<Code>[];

  /** @param patterns  "too large: {size} pixels" */
  constructor(patterns: Readonly<Record<Code, string>>) {
    this.#patterns = patterns;
    const fixedLength = (pattern: string) => pattern.replace(PLACE, '').length;
    this.#readable = (Object.entries(patterns) as [Code, string][]) // as: entries forget the type of the keys
      .sort(([, a], [, b]) => fixedLength(b) - fixedLength(a))
      .map(([code, pattern]) => ({
        code,
        names: Array.from(pattern.matchAll(PLACE), ([, name = '']) => name),
        expression: new RegExp(`^${pattern.split(PLACE).map(asExpression).join('')}$`, 's'),
      }));
  }

  /** The sentence in English. */
  say(code: Code, values: Readonly<Record<string, string | number>> = {}): string {
    return this.#patterns[code].replace(PLACE, (_, name: string) => String(values[name] ?? ''));
  }

  /** What `say` was given; null for a text that it did not write. */
  read(text: string): Phrase<Code> | null {
    for (const { code, names, expression } of this.#readable) {
      const found = expression.exec(text);
      if (found === null) continue;
      return { code, values: Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? ''])) };
    }
    return null;
  }
}

/** Splitting by a group gives what lies between the places, and in turn the name of each. */
function asExpression(part: string, index: number): string {
  return index % 2 === 1 ? '(.+?)' : part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
