// @ts-check
/** What the programs share: arguments, alternation, and one line of JSON as the answer. */

/** @returns {any[]} any: JSON of the figure that runs the program */
export function programArguments() {
  return process.argv.slice(2).map((text) => JSON.parse(text));
}

/**
 * Times competitors in turns, A B A B, after one untimed turn each.
 *
 * @param {number} repeats
 * @param {Readonly<Record<string, () => Promise<void>>>} competitors
 * @returns {Promise<Record<string, number>[]>} seconds of each, a round
 */
export async function alternate(repeats, competitors) {
  for (const work of Object.values(competitors)) await work();
  /** @type {Record<string, number>[]} */
  const rounds = [];
  for (let round = 0; round < repeats; round++) {
    /** @type {Record<string, number>} */
    const seconds = {};
    for (const [name, work] of Object.entries(competitors)) {
      const started = performance.now();
      await work();
      seconds[name] = (performance.now() - started) / 1000;
    }
    rounds.push(seconds);
  }
  return rounds;
}

/** @param {unknown} value */
export function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`, () => process.exit(0)); // native threads would keep it alive
}

/**
 * Pixels of noise: what they show changes no convolution's time.
 *
 * @param {number} count
 * @param {number} sizePx
 */
export function noise(count, sizePx) {
  let state = 1;
  return Uint8Array.from({ length: count * sizePx * sizePx * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
    return state >>> 24;
  });
}
