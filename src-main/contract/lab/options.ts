/** What the options and the results of the lab's experiments have in common. */
import { z } from 'zod';

/** A number whose refusal says what is allowed. */
function ranged<N extends z.ZodNumber>(number: (message: string) => N, kind: string, from: number, to: number) {
  const allowed = `it takes ${kind} from ${from} to ${to}`;
  return number(allowed).min(from, allowed).max(to, allowed);
}
export const whole = (from: number, to: number) => ranged((error) => z.int(error), 'a whole number', from, to);
export const real = (from: number, to: number) => ranged((error) => z.number(error), 'a number', from, to);

/** Draws the pictures, the split and all weights: equal seeds give equal numbers on one backend. */
export const seed = whole(0, 2 ** 31 - 1).default(0);
/** Catalogue id; absent: the one that a training would take. */
export const backbone = z.string().min(1).optional();

export const fraction = z.number().min(0).max(1);

/** Counts of values between `from` and `to` in bins of equal width; the last holds `to` too. */
export const histogram = z.object({ from: z.number(), to: z.number(), counts: z.array(z.int()) });
export type Histogram = z.infer<typeof histogram>;
